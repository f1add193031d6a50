import type { Pool } from "pg";
import type { Logger } from "pino";
import type { TrustAnchor } from "../../pki/jpki/trust-anchors.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { JLis } from "../j-lis/j-lis.ts";

/** Everything change detection works with, put together in `workers/`. */
export interface ChangeDetectionDeps {
  pool: Pool;
  sealer: Sealer;
  jlis: Pick<JLis, "crlParts" | "crl" | "latestAttributes" | "successor">;
  anchors: readonly TrustAnchor[];
  recognitionKey: Uint8Array;
  clock: () => Date;
  log: Pick<Logger, "error" | "warn">;
  durations: {
    /** Between two questions for a certificate that is not there yet, milliseconds. */
    newCertificatePollMs: number;
    /** Between two tries while J-LIS is away. */
    registerRetryMs: number;
  };
  /** Signals a card revocation to its person's refresh workflow; starts one where none runs. */
  signalRefresh(subjectId: string, hitId: string): Promise<void>;
  /** Has every consent and certificate of the person looked at that is behind the attribute record. */
  signalChangedRecord(subjectId: string): Promise<void>;
}
