import type { Pool } from "pg";
import { carriedAttributes } from "../../domain/certificate/carried.ts";
import { staleEnrolmentsOf } from "../../registry/certificate/life.ts";
import type { CertificateLifecycles } from "./deps.ts";

/** Signals the workflows of the person's certificates whose attributes have changed. */
export const signalStaleCertificatesOf =
  (deps: { pool: Pool } & Pick<CertificateLifecycles, "signalCertificate">) =>
  async (personId: string): Promise<void> => {
    for (const enrolmentId of await staleEnrolmentsOf(deps.pool, personId, carriedAttributes))
      await deps.signalCertificate(enrolmentId);
  };
