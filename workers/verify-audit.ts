import { type AuditVerdict, verifyAudit } from "../domain/audit/verify.ts";
import { openDatabase } from "../registry/database.ts";
import { readAuditKey } from "./audit-key.ts";
import { checkpointFolder } from "./checkpoint-folder.ts";
import type { Configuration } from "./configuration.ts";
import { expectedCheckpoints } from "./expected-checkpoints.ts";

/**
 * Verifies the audit log of this configuration.
 * @param expect checkpoints that were noted earlier: digests, or files of digests or checkpoints
 */
export async function runAuditVerification(
  configuration: Configuration,
  expect: readonly string[] = [],
): Promise<AuditVerdict> {
  const expected = (await Promise.all(expect.map(expectedCheckpoints))).flat();
  const clock = () => new Date();
  const { publicJwk: key } = await readAuditKey(configuration.KAZASU_KEYS);
  const pool = openDatabase(configuration.DATABASE_URL);
  try {
    const checkpoints = checkpointFolder(configuration.KAZASU_CHECKPOINTS, clock);
    return await verifyAudit({ pool, checkpoints, key, clock, expected });
  } finally {
    await pool.end();
  }
}
