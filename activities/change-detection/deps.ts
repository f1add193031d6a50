import type { Pool } from "pg";
import type { Logger } from "pino";
import type { TrustAnchor } from "../../pki/jpki/trust-anchors.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { JLis } from "../j-lis/j-lis.ts";

/** Refreshes of persons; the typed Temporal client (`client/engine/change-detection.ts`). */
export interface RefreshLifecycles {
  /** Signals a card revocation to its person's refresh workflow; starts one where none runs. */
  signalRefresh(subjectId: string, hitId: string): Promise<void>;
}

/** What follows a new version of an attribute record; `workers/signal-changed-record.ts` puts it together. */
export interface ChangedRecord {
  /** Has every consent and certificate of the person looked at that is behind the attribute record. */
  signalChangedRecord(subjectId: string): Promise<void>;
}

/** Everything change detection works with, put together in `workers/`. */
export interface ChangeDetectionDeps extends RefreshLifecycles, ChangedRecord {
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
}
