import type { AttributeName } from "../../protocol/names.ts";
import type { Connection } from "../database.ts";

/**
 * Records that a party requested attributes of a person without a consent and received none: one row per party and day in
 * Japan, with every requested name, however often it asks.
 */
export async function addRefusedRead(
  connection: Connection,
  read: { personId: string; partyId: string; asked: readonly AttributeName[]; at: Date },
): Promise<void> {
  const { personId, partyId, asked, at } = read;
  await connection.query({
    name: "add-refused-read",
    text: `insert into refused_reads as r (person_id, party_id, day, asked, first_at, last_at)
           values ($1, $2, ($4::timestamptz at time zone 'Asia/Tokyo')::date,
             array(select distinct unnest($3::text[]) order by 1), $4, $4)
           on conflict (person_id, party_id, day) do update set times = r.times + 1,
             first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at),
             asked = array(select distinct unnest(r.asked || excluded.asked) order by 1)`,
    values: [personId, partyId, asked, at],
  });
}
