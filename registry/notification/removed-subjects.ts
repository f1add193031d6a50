import type { Connection } from "../database.ts";

/** Removes one of the party's persons from its stream; a pseudonym that the party does not have changes nothing. */
export async function removeSubject(
  connection: Connection,
  { id, partyId }: { id: string; partyId: string },
  subject: string,
): Promise<void> {
  await connection.query(
    `insert into removed_subjects (stream_id, subject)
     select $1, $3 where exists (select 1 from enrolments where party_id = $2 and pseudonym = $3)
     on conflict do nothing`,
    [id, partyId, subject],
  );
}

/** Adds a person again that was removed from the stream. */
export async function addSubject(connection: Connection, streamId: string, subject: string): Promise<void> {
  await connection.query("delete from removed_subjects where stream_id = $1 and subject = $2", [
    streamId,
    subject,
  ]);
}

export async function isRemoved(connection: Connection, streamId: string, subject: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-subject-removed",
    text: "select 1 from removed_subjects where stream_id = $1 and subject = $2",
    values: [streamId, subject],
  });
  return rowCount === 1;
}
