import type { Pool } from "pg";
import type { Logger } from "pino";
import type { TrustAnchor } from "../../pki/jpki/trust-anchors.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { JLis } from "../j-lis/j-lis.ts";

/** Refresh workflows, through the typed Temporal client (`client/engine/change-detection.ts`). */
export interface RefreshLifecycles {
  /** Signals a card revocation to its person's refresh workflow; starts one if none runs. */
  signalRefresh(subjectId: string, hitId: string): Promise<void>;
}

/** What follows a new version of an attribute record; implemented in `workers/signal-changed-record.ts`. */
export interface ChangedRecord {
  /** Signals every consent and certificate of the person that is behind the attribute record. */
  signalChangedRecord(subjectId: string): Promise<void>;
}

/** Dependencies of change detection, passed in by `workers/`. */
export interface ChangeDetectionDeps extends RefreshLifecycles, ChangedRecord {
  pool: Pool;
  sealer: Sealer;
  jlis: Pick<JLis, "crlParts" | "crl" | "latestAttributes" | "successor">;
  anchors: readonly TrustAnchor[];
  recognitionKey: Uint8Array;
  clock: () => Date;
  log: Pick<Logger, "error" | "warn">;
  durations: {
    /** Interval between two requests for a certificate that does not exist yet, milliseconds. */
    newCertificatePollMs: number;
    /** Interval between two attempts while J-LIS is unavailable. */
    registerRetryMs: number;
  };
}
