import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { newSerial } from "../../../pki/ca/serial.ts";
import { transaction } from "../../../registry/database.ts";
import { insert } from "../notification/postgres.ts";

export interface Issued {
  generation?: string;
  shard?: number;
  stored?: boolean;
  notBefore?: Date;
  notAfter?: Date;
}

/** An intent, and its certificate unless a test says otherwise, with nothing of the enrolment they would belong to. */
export async function addIssued(
  pool: Pool,
  { generation = "g1", shard = 0, stored = true, notBefore = new Date(), notAfter }: Issued = {},
): Promise<string> {
  const [id, serial] = [randomUUID(), newSerial()];
  await transaction(pool, async (connection) => {
    await connection.query("set local session_replication_role = replica");
    await insert(connection, "issuance_intents", {
      id,
      enrolment_id: id,
      serial,
      tbs: Buffer.of(0),
      profile: "basic",
      profile_hash: "",
      evidence_id: id,
      evidence_sha256: "",
      issuer_key_id: "",
      generation,
      crl_shard: shard,
      spki_sha256: "",
    });
    if (!stored) return;
    await insert(connection, "certificates", {
      id,
      enrolment_id: id,
      serial,
      der: Buffer.of(0),
      not_before: notBefore,
      not_after: notAfter ?? new Date(Date.now() + 86_400_000),
    });
  });
  return serial;
}

/** Revokes a serial: written at `revokedAt`, now by default; takes effect then, or at `effectiveAt`. */
export const addRevocation = (
  pool: Pool,
  serial: string,
  { reason = "superseded", revokedAt, effectiveAt = revokedAt }: Partial<Record<string, string | Date>> = {},
) =>
  pool.query(
    `insert into revocations (serial, generation, crl_shard, reason, revoked_by, revoked_at, effective_at)
     select serial, generation, crl_shard, $2, 'engine', coalesce($3, now()), coalesce($4, now())
     from issuance_intents where serial = $1`,
    [serial, reason, revokedAt ?? null, effectiveAt ?? null],
  );
