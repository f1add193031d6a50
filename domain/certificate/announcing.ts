import {
  addNewPhoneNotice,
  enrolmentsKnownOf,
  lockPhonesOf,
  noteWhetherFirst,
  passOnNotices,
  phonesNotAnnouncedTo,
} from "../../registry/certificate/new-phones.ts";
import type { Connection } from "../../registry/database.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import { drawDelays } from "./effective-times.ts";
import { witnessesOf } from "./witnesses.ts";

/**
 * Records, in the transaction that activates an enrolment, which phones ask the person whether the new phone is
 * theirs. They are notified at once; for a first enrolment at a party, each at its own random time.
 * @param announceWithinMs the longest delay of the announcement of a first enrolment, milliseconds
 */
export async function noteNewPhone(
  connection: Connection,
  fresh: Enrolment,
  announceWithinMs: number,
): Promise<void> {
  const { id, partyId, personId, replaces = null } = fresh;
  await lockPhonesOf(connection, personId);
  const known = await enrolmentsKnownOf(connection, personId);
  const { isFirstHere, witnesses } = witnessesOf({ id, partyId, replaces }, known);
  await noteWhetherFirst(connection, id);
  const seconds = isFirstHere ? Math.ceil(announceWithinMs / 1_000) : 0;
  const delays = drawDelays(witnesses.map(() => seconds));
  for (const [index, { id: to, mayStop }] of witnesses.entries())
    await addNewPhoneNotice(connection, { to, about: id, mayStop, delay: delays[index] ?? 0 });
  if (replaces !== null) await passOnNotices(connection, replaces, id);
  await announceEarlierPhones(connection, { id, personId }, announceWithinMs);
}

/**
 * Announces to the new phone those of the person's other phones that have not been announced to any phone: later, and
 * without a vote, because the phone is itself new.
 */
async function announceEarlierPhones(
  connection: Connection,
  fresh: Pick<Enrolment, "id" | "personId">,
  announceWithinMs: number,
): Promise<void> {
  const unannounced = await phonesNotAnnouncedTo(connection, fresh);
  const delays = drawDelays(unannounced.map(() => Math.ceil(announceWithinMs / 1_000)));
  for (const [index, about] of unannounced.entries()) {
    const delay = delays[index] ?? 0;
    await addNewPhoneNotice(connection, { to: fresh.id, about, mayStop: false, delay, catchesUp: true });
  }
}
