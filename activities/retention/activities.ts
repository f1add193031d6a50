import type { Pool } from "pg";
import { purgeUnclaimedEvidence } from "../../registry/evidence.ts";
import type { RetentionActivities } from "../../workflows/issuance/contract.ts";

export interface RetentionDeps {
  pool: Pool;
  clock: () => Date;
}

/** Retention: what may not be kept goes. */
export function createRetentionActivities(deps: RetentionDeps): RetentionActivities {
  return {
    async endUnclaimedEvidence() {
      return purgeUnclaimedEvidence(deps.pool, deps.clock());
    },
  };
}
