import { randomUUID } from "node:crypto";
import type { Answer } from "../../protocol/notification.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import { type Connection, first } from "../database.ts";
import { required } from "../required.ts";
import type { Sealer } from "../sealing.ts";

/** The decision on an answer: it took effect, or it was refused. */
export type DecidedAnswer = "confirmed" | "declined" | RefusalCode;

/** The signed answer to a notification. */
export interface StoredAnswer {
  id: string;
  notificationId: string;
  enrolmentId: string;
  decision: Answer["decision"];
  shownSha256: string;
  outcome: DecidedAnswer | null;
}

const columns = `id, notification_id as "notificationId", enrolment_id as "enrolmentId", decision,
  shown_sha256 as "shownSha256", outcome`;

/** Stores a signed answer, the message itself sealed. The same message again is the same answer. */
export async function storeAnswer(
  connection: Connection,
  sealer: Sealer,
  answer: Omit<StoredAnswer, "id" | "outcome"> & { jws: string; digest: string },
): Promise<StoredAnswer> {
  const { notificationId, enrolmentId, decision, shownSha256, jws, digest } = answer;
  const sealed = sealer.seal(Buffer.from(jws), `answers/${notificationId}/${digest}`);
  const { rows } = await connection.query<StoredAnswer>({
    name: "store-answer",
    // A no-op update, so that an existing row is returned too.
    text: `insert into answers (id, notification_id, enrolment_id, decision, shown_sha256, digest, sealed)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (notification_id, digest) do update set digest = excluded.digest
           returning ${columns}`,
    values: [randomUUID(), notificationId, enrolmentId, decision, shownSha256, digest, sealed],
  });
  return required(rows[0], "The row that a statement returns");
}

/** The stored answer of this exact message. */
export async function findAnswer(
  connection: Connection,
  notificationId: string,
  digest: string,
): Promise<StoredAnswer | undefined> {
  return first(
    await connection.query<StoredAnswer>({
      name: "find-answer",
      text: `select ${columns} from answers where notification_id = $1 and digest = $2`,
      values: [notificationId, digest],
    }),
  );
}

export async function readAnswer(connection: Connection, id: string): Promise<StoredAnswer | undefined> {
  return first(
    await connection.query<StoredAnswer>({
      name: "read-answer",
      text: `select ${columns} from answers where id = $1`,
      values: [id],
    }),
  );
}

/** Stores the decision; the first decision is kept. */
export async function decideAnswer(
  connection: Connection,
  id: string,
  outcome: DecidedAnswer,
): Promise<void> {
  await connection.query({
    name: "decide-answer",
    text: "update answers set outcome = $2 where id = $1 and outcome is null",
    values: [id, outcome],
  });
}
