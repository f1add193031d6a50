import { type AuditVerdict, verifyAudit } from "../activities/audit/verify.ts";
import { openDatabase } from "../registry/database.ts";
import { ensureAuditKey } from "./audit-key.ts";
import { checkpointFolder } from "./checkpoint-folder.ts";
import type { Configuration } from "./configuration.ts";

/** Verifies the audit log of this configuration. */
export async function runAuditVerification(configuration: Configuration): Promise<AuditVerdict> {
  const clock = () => new Date();
  const { publicJwk: key } = await ensureAuditKey(configuration.KAZASU_KEYS);
  const pool = openDatabase(configuration.DATABASE_URL);
  try {
    const checkpoints = checkpointFolder(configuration.KAZASU_CHECKPOINTS, clock);
    return await verifyAudit({ pool, checkpoints, key, clock });
  } finally {
    await pool.end();
  }
}
