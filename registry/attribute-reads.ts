import type { AttributeName } from "../protocol/names.ts";
import type { Connection } from "./database.ts";
import {
  type Listed,
  type ListPage,
  listed,
  listPage,
  newestFirst,
  pageValues,
  type Wanted,
} from "./list-page.ts";

/** One time a party read attributes: which were given, under which consent, and by which address. */
export interface AttributeRead {
  consentId: string;
  personId: string;
  partyId: string;
  version: number;
  attributes: AttributeName[];
  /** Which it asked for; `null` where that was not kept. */
  asked: AttributeName[] | null;
  way: "attributes" | "userinfo";
  readAt: Date;
}

export async function addAttributeRead(connection: Connection, read: AttributeRead): Promise<void> {
  const r = read;
  await connection.query({
    name: "add-attribute-read",
    text: `insert into attribute_reads (consent_id, person_id, party_id, version, attributes, asked, way, read_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    values: [r.consentId, r.personId, r.partyId, r.version, r.attributes, r.asked, r.way, r.readAt],
  });
}

/** What a party read of a person, newest first. */
export async function attributeReads(
  connection: Connection,
  { personId, partyId }: { personId: string; partyId: string },
  wanted: Wanted,
): Promise<ListPage<Omit<AttributeRead, "personId" | "partyId">>> {
  const { rows } = await connection.query<Listed<Omit<AttributeRead, "personId" | "partyId">>>({
    name: "attribute-reads",
    text: listed(
      `select id, 0 as rank, ${newestFirst("read_at")} as place, consent_id as "consentId", version, attributes, asked, way,
         read_at as "readAt" from attribute_reads where person_id = $1 and party_id = $2`,
      3,
      { idType: "bigint" },
    ),
    values: [personId, partyId, ...pageValues(wanted)],
  });
  return listPage(rows, wanted);
}
