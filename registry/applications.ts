import { type Connection, first } from "./database.ts";

/** A refusal as it is kept: the same application again gets the same answer. */
export interface StoredRefusal {
  code: string;
  detail: string;
}

export interface ClaimedApplication {
  evidenceId: string;
  refusal?: StoredRefusal;
}

/**
 * Claims the challenge for one application: the single use. Returns what is claimed, which is another's evidence
 * when this one came second.
 */
export async function claimChallenge(
  connection: Connection,
  enrolmentId: string,
  evidenceId: string,
): Promise<ClaimedApplication> {
  await connection.query({
    name: "claim-challenge",
    text: "insert into applications (enrolment_id, evidence_id) values ($1, $2) on conflict (enrolment_id) do nothing",
    values: [enrolmentId, evidenceId],
  });
  const claimed = await findApplication(connection, enrolmentId);
  if (!claimed)
    throw new Error(
      "A claim was neither inserted nor found; the transaction isolation is not what it should be.",
    );
  return claimed;
}

export async function findApplication(
  connection: Connection,
  enrolmentId: string,
): Promise<ClaimedApplication | undefined> {
  const row = first(
    await connection.query<{ evidence_id: string; refusal: StoredRefusal | null }>({
      name: "find-application",
      text: "select evidence_id, refusal from applications where enrolment_id = $1",
      values: [enrolmentId],
    }),
  );
  return row && { evidenceId: row.evidence_id, ...(row.refusal ? { refusal: row.refusal } : {}) };
}

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
