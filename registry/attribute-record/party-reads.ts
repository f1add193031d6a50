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

/** A read by a party, of a person that it knows by the pseudonym. */
export interface PartyRead {
  pseudonym: string;
  consentId: string;
  version: number;
  attributes: AttributeName[];
  asked: AttributeName[] | null;
  way: "attributes" | "userinfo";
  readAt: Date;
  times: number;
  /** `null`: read once. */
  lastReadAt: Date | null;
}

const text = listed(
  ["pseudonym", "consentId", "version", "attributes", "asked", "way", "readAt", "times", "lastReadAt"],
  `select p.pseudonym, r.consent_id as "consentId", r.version, r.attributes, r.asked, r.way, r.read_at as "readAt", r.times,
     r.last_read_at as "lastReadAt", 0 as rank, ${newestFirst("r.read_at")} as place, r.id
   from attribute_reads r
   join (select distinct person_id, party_id, pseudonym from enrolments where party_id = $1) p
     on p.person_id = r.person_id and p.party_id = r.party_id
   where r.party_id = $1 and coalesce(r.last_read_at, r.read_at) >= $2 and ($3::text is null or p.pseudonym = $3)`,
  4,
  { idType: "bigint" },
);

/**
 * A party's own reads since a time, newest first; of one person if a pseudonym is given. The ids in its cursors count the reads
 * of all parties: seal them before they are shown.
 */
export async function partyReads(
  connection: Connection,
  { partyId, since, pseudonym }: { partyId: string; since: Date; pseudonym: string | undefined },
  wanted: Wanted,
): Promise<ListPage<PartyRead>> {
  const { rows } = await connection.query<Listed<PartyRead>>({
    name: "party-reads",
    text,
    values: [partyId, since, pseudonym ?? null, ...pageValues(wanted, "bigint")],
  });
  return listPage(rows, wanted);
}
