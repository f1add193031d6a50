import type { JWK } from "jose";
import type { Pool } from "pg";
import { type CheckpointStore, verifyCheckpoints } from "../../registry/checkpoints.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { purgeUnclaimedEvidence } from "../../registry/evidence.ts";
import {
  type Purge,
  purgeAuditLines,
  purgeCertificates,
  purgeConsents,
  purgeCrls,
  purgeEvidence,
  type RetentionYears,
} from "../../registry/retention.ts";
import type { CertificateActivities } from "../../workflows/certificate/contract.ts";
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

export interface PurgeDeps {
  pool: Pool;
  clock: () => Date;
  years: RetentionYears;
  checkpoints: CheckpointStore;
  /** Public part of the key that signs checkpoints. */
  auditKey: JWK;
}

/**
 * Destroys what has been kept as long as the settings say: batch by batch, each in a transaction of its own with the row and
 * the audit line that prove what it destroyed. Audit lines go last, and only as far as a verified checkpoint vouches for them.
 */
export function createPurgeActivities(deps: PurgeDeps): Pick<CertificateActivities, "purgeRecords"> {
  const { pool, clock, years } = deps;
  const until = async (purge: (connection: Connection) => Promise<Purge | undefined>): Promise<number> => {
    let total = 0;
    for (;;) {
      const purged = await transaction(pool, purge);
      if (!purged) return total;
      total += purged.count;
    }
  };
  return {
    async purgeRecords() {
      const evidence = await until((connection) => purgeEvidence(connection, clock(), years.evidence));
      const certificates = await until((connection) => purgeCertificates(connection, clock(), years.books));
      const consents = await until((connection) => purgeConsents(connection, clock(), years.consent));
      const crls = await until((connection) => purgeCrls(connection, clock()));
      const read = await verifyCheckpoints(deps.checkpoints.all(), deps.auditKey);
      if (!read.ok)
        throw new Error(`No audit line is destroyed: checkpoint ${read.index} is not in order. ${read.why}`);
      const lines = await until((connection) =>
        purgeAuditLines(connection, clock(), years.books, read.checkpoints),
      );
      return { purged: evidence + certificates + consents + crls + lines };
    },
  };
}
