import type { RevocationChunks } from "../pki/ca/crl.ts";
import type { CertificateStatus } from "../pki/ca/ocsp.ts";

/** The scope of one CRL: a shard of a generation's certificates. */
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
  /** Changes whenever the scope's revocations change. */
  revocationMark: string;
  /** Absent before the first. */
  newest?: CrlTimes;
}

export interface IssuedSerial {
  /** Lower-case hex. */
  serial: string;
  generation: string;
}

export type RecordedStatus = CertificateStatus & {
  generation: string;
  /** notBefore of the stored certificate. */
  notBefore?: Date;
};

/** The status listeners' view of the registry: nothing of issuance, nothing of a person. */
export interface StatusRegistry {
  /**
   * The status of each serial that is stored, or intended and revoked; a revocation counts once it has taken effect, by the
   * database clock, and `revokedAt` is that time. Other serials are absent: never issued, or pending and not to be confirmed
   * yet.
   */
  statusOfMany(serials: readonly string[]): Promise<Map<string, RecordedStatus>>;
  /** The stored certificates that have not ended at `now`, the newest first. */
  newestSerials(limit: number, now: Date): Promise<IssuedSerial[]>;
  /** Certificates whose revocation took effect at or after `since`, by the database clock. */
  recentRevocations(since: Date): Promise<IssuedSerial[]>;
  scopeStates(scopes: readonly CrlScope[]): Promise<ScopeState[]>;
  /** The newest CRL of a scope; `undefined` before the first. */
  currentCrl(scope: CrlScope): Promise<StoredCrl | undefined>;
  /**
   * Runs `make` under a lock of the scope shared by all processes, with the scope's state and the revocations in effect, and
   * stores the result with its number and the state's mark. Returns the number; `undefined`, with nothing stored, if another
   * process holds the lock or `make` finds nothing to do.
   */
  publishCrl(
    scope: CrlScope,
    make: (next: {
      state: ScopeState;
      entries: RevocationChunks;
    }) => Promise<{ number: bigint; der: Uint8Array; thisUpdate: Date; nextUpdate: Date } | undefined>,
  ): Promise<bigint | undefined>;
}
