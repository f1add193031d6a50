import type { Connection } from "../database.ts";
import { required } from "../required.ts";

/** The newest CRL of a generation's shard. */
export interface CrlStanding {
  generation: string;
  shard: number;
  number: string;
  thisUpdate: Date;
  nextUpdate: Date;
}

const newestOf = (after: string) =>
  `(select generation, crl_shard, number, this_update, next_update from crls ${after}
    order by generation desc, crl_shard desc, number desc limit 1)`;

/** The newest CRL of each scope. Skips from scope to scope in the key, so that the number of CRLs does not matter. */
export async function crlStandings(connection: Connection): Promise<CrlStanding[]> {
  const { rows } = await connection.query<CrlStanding>({
    name: "console-crls",
    text: `with recursive newest as (
             ${newestOf("")} union all
             select n.generation, n.crl_shard, n.number, n.this_update, n.next_update from newest o cross join lateral
               ${newestOf("where (crls.generation, crls.crl_shard) < (o.generation, o.crl_shard)")} n)
           select generation, crl_shard as shard, number::text as number, this_update as "thisUpdate",
             next_update as "nextUpdate" from newest order by generation, crl_shard limit 1000`,
  });
  return rows;
}

/** The last read list of a CRL part of JPKI, on which change detection relies. */
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

/** The last chain position, and the number of unchained lines, up to 1,000. */
export async function chainProgress(
  connection: Connection,
): Promise<{ position: string | null; waiting: number }> {
  const { rows } = await connection.query<{ position: string | null; waiting: number }>(
    `select (select max(position)::text from audit_chain) as position,
       (select count(*)::integer from (select 1 from audit_tail limit 1000) t) as waiting`,
  );
  return required(rows[0], "The row that a statement returns");
}
