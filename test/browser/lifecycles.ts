import { Client } from "pg";

/** A UUID of version 4 (RFC 9562 §5.4), the same for the same number. */
const id = (kind: string) =>
  `overlay(overlay(md5('${kind}' || n) placing '4' from 13) placing '8' from 17)::uuid`;

/** Writes enrolments into a registry by the thousand, past the engine: only lists and counts can be looked at. @returns how many there are now */
export async function addLifecycles(database: string, count: number): Promise<number> {
  const client = new Client({ connectionString: database });
  await client.connect();
  try {
    for (const insert of [
      `insert into persons (id) select ${id("person")}`,
      `insert into evidence (id, enrolment_id, application_sha256, sealed)
       select ${id("evidence")}, ${id("enrolment")}, n::text, ''`,
      `insert into applications (enrolment_id, evidence_id) select ${id("enrolment")}, ${id("evidence")}`,
      `insert into enrolments (id, person_id, party_id, app_id, pseudonym, spki_sha256, state, created_at)
       select ${id("enrolment")}, ${id("person")}, a.party_id, a.id, n::text, n::text, 'ended',
         now() - n * interval '1 second' from (select party_id, id from apps limit 1) a,`,
    ])
      await client.query(
        `${insert}${insert.endsWith(",") ? "" : " from"} generate_series(1, $1::integer) n`,
        [count],
      );
    const { rows } = await client.query<{ total: number }>(
      "select count(*)::integer as total from enrolments",
    );
    return rows[0]?.total ?? 0;
  } finally {
    await client.end();
  }
}
