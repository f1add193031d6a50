import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from "jose";
import type { Pool } from "pg";
import { chainAuditLines, type SequencerDeps } from "../../../activities/audit/sequencer.ts";
import { type CheckpointStore } from "../../../domain/audit/checkpoints.ts";
import { type AuditVerdict, verifyAudit } from "../../../domain/audit/verify.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { checkpointFolder } from "../../../workers/checkpoint-folder.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

/** A registry with an audit log of its own, its checkpoints and the key that signs them. */
export interface AuditedRegistry {
  pool: Pool;
  checkpoints: CheckpointStore;
  folder: string;
  publicJwk: JWK;
  auditKey: { kid: string; privateKey: CryptoKey; publicJwk: JWK };
  deps: SequencerDeps;
  /** Writes lines and chains them, so that a checkpoint is signed. */
  write(lines: number): Promise<void>;
  /** @param expected digests of checkpoints */
  verify(expected?: string[]): Promise<AuditVerdict>;
  /** Changes what the database itself would refuse to: as somebody with all rights there. */
  tamper(sql: string, values?: unknown[]): Promise<void>;
  /** Begins anew, with an empty log and no checkpoints. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function openAuditedRegistry(clock: () => Date = () => new Date()): Promise<AuditedRegistry> {
  const registry: TestRegistry = await startTestRegistry();
  const { pool } = registry;
  const folder = await mkdtemp(join(tmpdir(), "kazasu-checkpoints-"));
  const pair: { privateKey: CryptoKey; publicKey: CryptoKey } = await generateKeyPair("ES256");
  const publicJwk = await exportJWK(pair.publicKey);
  const checkpoints = checkpointFolder(folder, clock);
  const deps = { pool, checkpoints, key: { kid: "audit", privateKey: pair.privateKey }, clock };
  const tamper = async (sql: string, values: unknown[] = []) => {
    const client = await pool.connect();
    try {
      await client.query("set session_replication_role = replica");
      await client.query(sql, values);
    } finally {
      await client.query("set session_replication_role = default");
      client.release();
    }
  };
  return {
    pool,
    checkpoints,
    folder,
    publicJwk,
    auditKey: { ...deps.key, publicJwk },
    deps,
    async write(lines) {
      for (let line = 0; line < lines; line += 1)
        await audit(pool, "crl-refused", `subject-${line}`, { serial: `0${line}`, by: "test" });
      await chainAuditLines(deps);
    },
    verify: (expected = []) => verifyAudit({ pool, checkpoints, key: publicJwk, clock, expected }),
    tamper,
    async clear() {
      await tamper("delete from audit_lines");
      await tamper("delete from recorded_acts");
      await tamper("delete from audit_chain");
      await tamper("delete from audit_tail");
      await tamper("delete from purged_records");
      await tamper("delete from purges");
      await tamper("delete from audit_last_checkpoint");
      await rm(folder, { recursive: true, force: true });
    },
    async close() {
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
