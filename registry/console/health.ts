import { isTailOverdue } from "../audit/tail.ts";
import { type Connection, first } from "../database.ts";

/** The newest CRL of a generation's shard. */
export interface CrlStanding {
  generation: string;
  shard: number;
  number: string;
  thisUpdate: Date;
  nextUpdate: Date;
}

/** The newest CRL of each scope. Steps from scope to scope over the key, however many CRLs were made. */
export async function crlStandings(connection: Connection): Promise<CrlStanding[]> {
  const next = (after: string) =>
    `(select generation, crl_shard, number, this_update, next_update from crls ${after}
      order by generation desc, crl_shard desc, number desc limit 1)`;
  const { rows } = await connection.query<CrlStanding>({
    name: "console-crls",
    text: `with recursive newest as (
             ${next("")} union all
             select n.* from newest o cross join lateral
               ${next("where (crls.generation, crls.crl_shard) < (o.generation, o.crl_shard)")} n)
           select generation, crl_shard as shard, number::text as number, this_update as "thisUpdate",
             next_update as "nextUpdate" from newest order by generation, crl_shard limit 1000`,
  });
  return rows;
}

/** A CRL part of JPKI as it was read last: what the detection of changes works on. */
export interface DetectionPart {
  part: string;
  number: string;
  entries: number;
  thisUpdate: Date;
  nextUpdate: Date;
  readAt: Date;
}

export async function detectionParts(connection: Connection): Promise<DetectionPart[]> {
  const { rows } = await connection.query<DetectionPart>(
    `select part, number::text as number, entries, this_update as "thisUpdate", next_update as "nextUpdate",
       read_at as "readAt" from crl_lists order by part limit 1000`,
  );
  return rows;
}

/**
 * How far the audit log is chained. `waiting` counts lines not chained yet, up to 1,000; `stalled`: one of them should have been
 * long ago.
 */
export async function chainStanding(
  connection: Connection,
): Promise<{ position: string | null; waiting: number; stalled: boolean }> {
  const stalled = await isTailOverdue(connection);
  const row = first(
    await connection.query<{ position: string | null; waiting: number }>(
      `select (select max(position)::text from audit_chain) as position,
         (select count(*)::integer from (select 1 from audit_tail limit 1000) t) as waiting`,
    ),
  );
  return { ...(row ?? { position: null, waiting: 0 }), stalled };
}
