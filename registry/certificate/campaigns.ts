import type { RevocationReason } from "../../protocol/revocation.ts";
import { type Connection, first } from "../database.ts";

/**
 * An act on every certificate of a generation, approved by operators: the persons are asked to replace their certificates, or
 * all are revoked.
 */
export interface Campaign {
  id: string;
  kind: "replace" | "revoke";
  generation: string;
  /** Only with `revoke`. */
  reason: RevocationReason | null;
  perMinute: number;
  statement: string;
  approvals: string[];
  cursor: string | null;
  done: number;
  startedAt: Date;
  endedAt: Date | null;
}

/** Whether a generation of the CA has ever issued or intended a certificate. */
export async function hasIssued(connection: Connection, generation: string): Promise<boolean> {
  const { rowCount } = await connection.query(
    "select 1 from issuance_intents where generation = $1 limit 1",
    [generation],
  );
  return rowCount === 1;
}

/** Stores a campaign once. `another`: its id is used by a campaign with another approved text. */
export async function addCampaign(
  connection: Connection,
  campaign: Pick<Campaign, "id" | "kind" | "generation" | "reason" | "perMinute" | "statement" | "approvals">,
): Promise<"new" | "same" | "another"> {
  const { id, kind, generation, reason, perMinute, statement, approvals } = campaign;
  const { rowCount } = await connection.query(
    `insert into campaigns (id, kind, generation, reason, per_minute, statement, approvals)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
    [id, kind, generation, reason, perMinute, statement, approvals],
  );
  if (rowCount === 1) return "new";
  const same = await connection.query("select 1 from campaigns where id = $1 and statement = $2", [
    id,
    statement,
  ]);
  return same.rowCount === 1 ? "same" : "another";
}

/** Campaigns that have not ended and were stored before `before`: Temporal may not know them. */
export async function openCampaigns(connection: Connection, before: Date): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>(
    "select id from campaigns where ended_at is null and started_at < $1 order by started_at",
    [before],
  );
  return rows.map(({ id }) => id);
}

/** Locks the campaign until the transaction ends: one batch at a time. */
export async function lockCampaign(connection: Connection, id: string): Promise<Campaign | undefined> {
  return first(
    await connection.query<Campaign>(
      `select id, kind, generation, reason, per_minute as "perMinute", statement, approvals, cursor, done,
         started_at as "startedAt", ended_at as "endedAt" from campaigns where id = $1 for update`,
      [id],
    ),
  );
}

/**
 * The next enrolments of a generation with a valid, unrevoked certificate, by id. With `replace`, without those asked before.
 */
export async function nextOfCampaign(
  connection: Connection,
  { generation, cursor, kind }: Pick<Campaign, "generation" | "cursor" | "kind">,
  now: Date,
  limit: number,
): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>(
    `select i.enrolment_id as id from issuance_intents i left join certificates c on c.id = i.id
     where i.generation = $1 and ($2::uuid is null or i.enrolment_id > $2)
       and (c.not_after is null or c.not_after >= $3)
       and not exists (select 1 from revocations r where r.serial = i.serial)
       and ($4 = 'revoke' or c.id is not null)
     order by i.enrolment_id limit $5`,
    [generation, cursor, now, kind, limit],
  );
  return rows.map(({ id }) => id);
}

/** Stores the campaign's progress; without a cursor it has ended. */
export async function moveCampaign(
  connection: Connection,
  id: string,
  { cursor, dealtWith, now }: { cursor: string | undefined; dealtWith: number; now: Date },
): Promise<void> {
  await connection.query(
    `update campaigns set cursor = coalesce($2, cursor), done = done + $3,
       ended_at = case when $2::uuid is null then $4 else ended_at end where id = $1`,
    [id, cursor ?? null, dealtWith, now],
  );
}
