import type { Pool } from "pg";
import { staleEnrolmentsOf } from "../../registry/certificate/life.ts";

/** Rouses the lifecycles of the person's certificates that carry attributes which have changed. */
export const rouseStaleCertificatesOf =
  (deps: { pool: Pool; rouse(enrolmentId: string): Promise<void> }) =>
  async (personId: string): Promise<void> => {
    for (const enrolmentId of await staleEnrolmentsOf(deps.pool, personId)) await deps.rouse(enrolmentId);
  };
