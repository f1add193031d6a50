import { lockText } from "../advisory-locks.ts";
import type { Connection } from "../database.ts";

/**
 * Of everything that stops phones of a person, and of what admits an application or a tap of theirs, each waits for the one
 * before: whichever comes second sees the other. Taken before any row of the person's.
 */
export async function lockStopsOf(connection: Connection, personId: string): Promise<void> {
  await lockText(connection, "stopsOfPerson", personId);
}

/**
 * Notes that every phone of the person is stopped, or every newer one; the caller holds
 * {@link lockStopsOf}.
 */
export async function noteStop(connection: Connection, personId: string): Promise<void> {
  await connection.query({
    name: "note-stop",
    text: "update persons set stopped_at = clock_timestamp() where id = $1",
    values: [personId],
  });
}

/** Whether the person's phones were stopped after a moment, or, with `replaces`, a phone of theirs said of this one "not me". */
export async function isStoppedSince(
  connection: Connection,
  { personId, replaces, since }: { personId: string; replaces?: string | undefined; since: Date },
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-stopped-since",
    text: `select 1 from persons where id = $1 and stopped_at > $3
           union all
           select 1 from frozen_enrolments
           where enrolment_id = $2 and frozen_by is not null and frozen_at > $3`,
    values: [personId, replaces ?? null, since],
  });
  return rowCount !== 0;
}
