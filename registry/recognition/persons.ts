import { randomUUID } from "node:crypto";
import { lockHash } from "../advisory-locks.ts";
import { type Connection, first } from "../database.ts";
import { keyedHash } from "../sealing.ts";

/** The keyed hash by which a card certificate is recognised; its serial is never stored in the clear. */
export const cardReference = (
  key: Uint8Array,
  certificate: { issuerKeyId: string; serial: string },
): Buffer => keyedHash(key, "card-certificate", certificate.issuerKeyId, certificate.serial);

/** Serialises the recognition of this card certificate until the transaction ends. */
export async function lockCard(connection: Connection, reference: Uint8Array): Promise<void> {
  await lockHash(connection, reference);
}

/** The person of a known card certificate. */
export async function findPersonByCard(
  connection: Connection,
  reference: Uint8Array,
): Promise<string | undefined> {
  return first(
    await connection.query<{ person_id: string }>({
      name: "find-person-by-card",
      text: "select person_id from card_certificates where reference = $1",
      values: [reference],
    }),
  )?.person_id;
}

/** The person of the first known card certificate among these (newest first). */
export async function findPersonByCards(
  connection: Connection,
  references: Uint8Array[],
): Promise<string | undefined> {
  const { rows } = await connection.query<{ person_id: string }>(
    `select c.person_id from unnest($1::bytea[]) with ordinality as p (reference, place)
       join card_certificates c using (reference) order by p.place limit 1`,
    [references],
  );
  return rows[0]?.person_id;
}

export async function addCard(
  connection: Connection,
  card: { reference: Uint8Array; personId: string; foundBy: "first-seen" | "linkage" },
): Promise<void> {
  await connection.query({
    name: "add-card",
    text: "insert into card_certificates (reference, person_id, found_by) values ($1, $2, $3) on conflict (reference) do nothing",
    values: [card.reference, card.personId, card.foundBy],
  });
}

export async function addPerson(connection: Connection): Promise<string> {
  const id = randomUUID();
  await connection.query({ name: "add-person", text: "insert into persons (id) values ($1)", values: [id] });
  return id;
}
