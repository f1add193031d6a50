import type { CertificateStatus } from "../../pki/ca/ocsp.ts";
import type { Revocation } from "../../pki/ca/revocation.ts";

export interface StoredCrl {
  /** The whole CRL, DER. */
  der: Uint8Array;
  number: bigint;
  thisUpdate: Date;
  nextUpdate: Date;
  /** The {@link StatusRegistry.revocationMark} of the revocations in this CRL. */
  revocationMark: string;
}

/** What the status listeners need of the registry: nothing of issuance, nothing of a person. */
export interface StatusRegistry {
  /** `undefined` for a serial this CA did not issue. */
  statusOf(serial: string): Promise<CertificateStatus | undefined>;
  /** The newest CRL; `undefined` before the first. */
  currentCrl(): Promise<StoredCrl | undefined>;
  /** Text that is another whenever the set of revocations is another (say count and latest). */
  revocationMark(): Promise<string>;
  /**
   * Runs `make` under a lock that every process shares, with the next CRL number and the revocations as of now,
   * and stores what it makes together with number and mark. Returns the newest CRL's DER. Stores nothing when
   * `make` rejects.
   */
  publishCrl(
    make: (state: { number: bigint; entries: Revocation[] }) => Promise<{
      der: Uint8Array;
      thisUpdate: Date;
      nextUpdate: Date;
    }>,
  ): Promise<Uint8Array>;
}
