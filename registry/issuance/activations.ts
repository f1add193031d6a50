import { randomUUID } from "node:crypto";
import { type Connection, first } from "../database.ts";
import { required } from "../required.ts";
import { keyedHash } from "../sealing.ts";

/**
 * What is stored of an activation code: an HMAC bound to its enrolment. The gateway computes the same MAC of a received code,
 * so that no code is ever stored, logged or sent to a workflow.
 */
export const activationCodeMac = (key: Uint8Array, enrolmentId: string, code: Uint8Array): Buffer =>
  keyedHash(key, "activation-code", enrolmentId, code);

export interface Activation {
  id: string;
  enrolmentId: string;
  codeMac: Buffer;
  csr: Buffer;
  spki: Buffer;
  spkiSha256: string;
}

/** Stores an attempt; the same code with the same key is the same attempt, whatever its signature bytes. */
export async function storeActivation(
  connection: Connection,
  activation: Omit<Activation, "id">,
): Promise<string> {
  const { rows } = await connection.query<{ id: string }>({
    name: "store-activation",
    // A no-op update, so that an existing row is returned too.
    text: `insert into activations (id, enrolment_id, code_mac, csr, spki, spki_sha256) values ($1, $2, $3, $4, $5, $6)
           on conflict (enrolment_id, code_mac, spki_sha256) do update set enrolment_id = excluded.enrolment_id
           returning id`,
    values: [
      randomUUID(),
      activation.enrolmentId,
      activation.codeMac,
      activation.csr,
      activation.spki,
      activation.spkiSha256,
    ],
  });
  return required(rows[0], "The row that a statement returns").id;
}

export async function readActivation(connection: Connection, id: string): Promise<Activation | undefined> {
  const row = first(
    await connection.query<{
      enrolment_id: string;
      code_mac: Buffer;
      csr: Buffer;
      spki: Buffer;
      spki_sha256: string;
    }>({
      name: "read-activation",
      text: "select enrolment_id, code_mac, csr, spki, spki_sha256 from activations where id = $1",
      values: [id],
    }),
  );
  return (
    row && {
      id,
      enrolmentId: row.enrolment_id,
      codeMac: row.code_mac,
      csr: row.csr,
      spki: row.spki,
      spkiSha256: row.spki_sha256,
    }
  );
}

/**
 * Records that a code was found wrong; a repeated call changes nothing. The caller holds the enrolment's lock.
 * @returns the number of different wrong codes of the enrolment, including this one
 */
export async function noteWrong(
  connection: Connection,
  { id, enrolmentId }: Pick<Activation, "id" | "enrolmentId">,
): Promise<number> {
  await connection.query({
    name: "note-wrong-activation",
    text: "update activations set judged_wrong_at = now() where id = $1 and judged_wrong_at is null",
    values: [id],
  });
  const { rows } = await connection.query<{ count: number }>({
    name: "count-wrong-activations",
    text: `select count(*)::int as count from activations where enrolment_id = $1 and judged_wrong_at is not null`,
    values: [enrolmentId],
  });
  return rows[0]?.count ?? 0;
}
