import { lockText } from "../advisory-locks.ts";
import type { Connection } from "../database.ts";

/**
 * Serialises the acts that stop a person's phones with those that admit an application or a tap of theirs: the second sees the
 * first. Taken before any row of the person.
 */
export async function lockStopsOf(connection: Connection, personId: string): Promise<void> {
  await lockText(connection, "stopsOfPerson", personId);
}

/** Records that every phone of the person, or every newer one, is stopped; the caller holds {@link lockStopsOf}. */
export async function noteStop(connection: Connection, personId: string): Promise<void> {
  await connection.query({
    name: "note-stop",
    text: "update persons set stopped_at = clock_timestamp() where id = $1",
    values: [personId],
  });
}

/**
 * Whether the person's phones were stopped after a given time, or, with `replaces`, a phone of theirs reported this one with
 * "not me".
 */
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
