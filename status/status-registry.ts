import type { RevocationChunks } from "../pki/ca/crl.ts";
import type { CertificateStatus } from "../pki/ca/ocsp.ts";

/** What one CRL is about: a share of a generation's certificates. */
export interface CrlScope {
  generation: string;
  shard: number;
}

/** The newest CRL of a scope, without its bytes. */
export interface CrlTimes {
  number: bigint;
  thisUpdate: Date;
  nextUpdate: Date;
  /** The {@link ScopeState.revocationMark} of the revocations in this CRL. */
  revocationMark: string;
}

export interface StoredCrl extends CrlTimes {
  /** The whole CRL, DER. */
  der: Uint8Array;
}

export interface ScopeState extends CrlScope {
  /** Text that is another whenever the scope's revocations are others. */
  revocationMark: string;
  /** Nothing before the first. */
  newest?: CrlTimes;
}

export interface IssuedSerial {
  /** Lower-case hex. */
  serial: string;
  generation: string;
}

export type RecordedStatus = CertificateStatus & {
  generation: string;
  /** The stored certificate's. */
  notBefore?: Date;
};

/** What the status listeners need of the registry: nothing of issuance, nothing of a person. */
export interface StatusRegistry {
  /**
   * The status of each serial that is stored, or intended and revoked; a revocation counts once it has taken effect, by
   * the clock of the database, and `revokedAt` is that moment. The others are not in the map: never issued, or
   * on the way and not to be vouched for yet.
   */
  statusOfMany(serials: readonly string[]): Promise<Map<string, RecordedStatus>>;
  /** The stored certificates whose time has not run out at `now`, the newest first. */
  newestSerials(limit: number, now: Date): Promise<IssuedSerial[]>;
  /** What became revoked at or after `since` and has taken effect, by the clock of the database. */
  recentRevocations(since: Date): Promise<IssuedSerial[]>;
  scopeStates(scopes: readonly CrlScope[]): Promise<ScopeState[]>;
  /** The newest CRL of a scope; `undefined` before the first. */
  currentCrl(scope: CrlScope): Promise<StoredCrl | undefined>;
  /**
   * Runs `make` under a lock of the scope that every process shares, with the scope's state and the revocations that have
   * taken effect, and stores what it makes with its number and the state's mark. Returns the number; `undefined`, with
   * nothing stored, when another process holds the lock or `make` finds that there is nothing to do.
   */
  publishCrl(
    scope: CrlScope,
    make: (next: {
      state: ScopeState;
      entries: RevocationChunks;
    }) => Promise<{ number: bigint; der: Uint8Array; thisUpdate: Date; nextUpdate: Date } | undefined>,
  ): Promise<bigint | undefined>;
}
