import type { AttributeName } from "../../protocol/names.ts";
import type { Connection } from "../database.ts";
import {
  type Listed,
  type ListPage,
  listed,
  listPage,
  newestFirst,
  pageValues,
  type Wanted,
} from "../list-page.ts";
import { required } from "../required.ts";

/** One read of attributes by a party: which, under which consent, and at which endpoint. */
export interface AttributeRead {
  consentId: string;
  personId: string;
  partyId: string;
  version: number;
  attributes: AttributeName[];
  /** The requested attributes; `null` if they were not stored. */
  asked: AttributeName[] | null;
  way: "attributes" | "userinfo";
  readAt: Date;
}

/**
 * Adds the line of a read. Once the party has `most` lines for the person on that day in Japan, an equal read is counted on an
 * existing line.
 * @returns the line's id
 */
export async function addAttributeRead(
  connection: Connection,
  read: AttributeRead,
  mostLinesOfDay: number,
): Promise<string> {
  const r = read;
  const { rows } = await connection.query<{ id: string }>({
    name: "add-attribute-read",
    text: `with today as materialized (
             select id, read_at from attribute_reads where person_id = $2 and party_id = $3
               and read_at >= date_trunc('day', $8::timestamptz, 'Asia/Tokyo')
               and read_at < date_trunc('day', $8::timestamptz, 'Asia/Tokyo') + interval '1 day'),
           counted as (
             update attribute_reads set times = times + 1, last_read_at = greatest(last_read_at, $8)
             where (select count(*) from today) >= $9 and id = (
               select a.id from attribute_reads a join today using (id)
               where a.consent_id = $1 and a.version = $4 and a.attributes = $5 and a.asked is not distinct from $6
                 and a.way = $7 order by a.id desc limit 1)
             returning id),
           added as (
             insert into attribute_reads (consent_id, person_id, party_id, version, attributes, asked, way, read_at)
             select $1, $2, $3, $4, $5, $6, $7, $8 where not exists (select 1 from counted)
             returning id)
           select id::text from added union all select id::text from counted`,
    values: [
      r.consentId,
      r.personId,
      r.partyId,
      r.version,
      r.attributes,
      r.asked,
      r.way,
      r.readAt,
      mostLinesOfDay,
    ],
  });
  return required(rows[0], "The line of a read").id;
}

/** A party's reads of a person, newest first. */
export async function attributeReads(
  connection: Connection,
  { personId, partyId }: { personId: string; partyId: string },
  wanted: Wanted,
): Promise<ListPage<Omit<AttributeRead, "personId" | "partyId">>> {
  const { rows } = await connection.query<Listed<Omit<AttributeRead, "personId" | "partyId">>>({
    name: "attribute-reads",
    text: listed(
      ["consentId", "version", "attributes", "asked", "way", "readAt"],
      `select id, 0 as rank, ${newestFirst("read_at")} as place, consent_id as "consentId", version, attributes, asked, way,
         read_at as "readAt" from attribute_reads where person_id = $1 and party_id = $2`,
      3,
      { idType: "bigint" },
    ),
    values: [personId, partyId, ...pageValues(wanted, "bigint")],
  });
  return listPage(rows, wanted);
}
