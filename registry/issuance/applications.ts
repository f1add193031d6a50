import * as z from "zod";
import { type Connection, first } from "../database.ts";
import { required } from "../required.ts";

const storedRefusal = z.object({ code: z.string(), detail: z.string() });

/** A stored refusal: the same application again gets the same answer. */
export interface StoredRefusal {
  code: string;
  detail: string;
}

export interface ClaimedApplication {
  evidenceId: string;
  refusal?: StoredRefusal;
}

/**
 * Claims the challenge for one application (single use). Returns the claiming application, with its evidence: another one's if
 * this one came second.
 */
export async function claimChallenge(
  connection: Connection,
  enrolmentId: string,
  evidenceId: string,
): Promise<ClaimedApplication> {
  await connection.query({
    name: "claim-challenge",
    // For concurrent copies either constraint may be violated first: none is named.
    text: "insert into applications (enrolment_id, evidence_id) values ($1, $2) on conflict do nothing",
    values: [enrolmentId, evidenceId],
  });
  return required(await findApplication(connection, enrolmentId), "An application");
}

export async function findApplication(
  connection: Connection,
  enrolmentId: string,
): Promise<ClaimedApplication | undefined> {
  const row = first(
    await connection.query<ClaimRow>({
      name: "find-application",
      text: "select evidence_id, refusal from applications where enrolment_id = $1",
      values: [enrolmentId],
    }),
  );
  return row && fromRow(row);
}

interface ClaimRow {
  evidence_id: string;
  refusal: unknown;
}

const fromRow = ({ evidence_id: evidenceId, refusal }: ClaimRow): ClaimedApplication => ({
  evidenceId,
  ...(refusal === null ? {} : { refusal: storedRefusal.parse(refusal) }),
});

export async function storeRefusal(
  connection: Connection,
  enrolmentId: string,
  refusal: StoredRefusal,
): Promise<void> {
  await connection.query("update applications set refusal = $2 where enrolment_id = $1 and refusal is null", [
    enrolmentId,
    refusal,
  ]);
}
