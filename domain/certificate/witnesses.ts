import type { KnownEnrolment } from "../../registry/certificate/new-phones.ts";

/** A phone that is notified of a new one. Without a vote it is notified and cannot have the new one stopped. */
export interface Witness {
  id: string;
  mayStop: boolean;
}

export interface Announcement {
  /**
   * The person had no phone at this party before: announced later, so that parties cannot match enrolments by time.
   */
  isFirstHere: boolean;
  /** Empty: the person has no phone that can be notified; they may have had one before. */
  witnesses: Witness[];
}

/**
 * The phones through which the person is asked whether `fresh` is theirs. For a phone that replaces another or is
 * added beside it: the phone it replaces, the others announced for long enough, and one whose successors were all
 * stopped, because it was the last that the person recognised. If it is added beside a phone that has not been
 * announced for long enough: also that phone, and the one it replaced while the person is asked about it. For a first
 * enrolment at a party: all of the person's other phones.
 *
 * A phone has a vote if it was announced for long enough, or is a former phone that succeeds such a one: a phone
 * that was never announced can stop nothing, otherwise a thief's phone could stop the person's own. A phone that
 * stopped a predecessor of `fresh` has no vote: a stop is answered by one tap, not by a second stop.
 */
export function witnessesOf(
  fresh: Pick<KnownEnrolment, "id" | "partyId" | "replaces">,
  all: readonly KnownEnrolment[],
): Announcement {
  const others = all.filter(({ id }) => id !== fresh.id);
  const here = others.filter(({ partyId }) => partyId === fresh.partyId);
  const stoppers = stoppersBefore(fresh, others, here);
  const wasLastKnown = (id: string): boolean =>
    others
      .filter(({ replaces }) => replaces === id)
      .every((successor) => successor.isFrozen && wasLastKnown(successor.id));
  const isFormerHere = ({ id, state, partyId }: KnownEnrolment): boolean =>
    id === fresh.replaces || (state === "superseded" && partyId === fresh.partyId && wasLastKnown(id));
  const isFirstHere = fresh.replaces === null && !here.some((each) => isThere(each) || isLeft(each));

  function isThere({ state, isFrozen }: KnownEnrolment): boolean {
    return state === "active" && !isFrozen;
  }
  function isLeft(each: KnownEnrolment): boolean {
    return !each.isFrozen && isFormerHere(each);
  }
  function isInHand(each: KnownEnrolment): boolean {
    return isThere(each) || (each.state === "superseded" && each.isAsked);
  }
  function isBeside({ partyId }: KnownEnrolment): boolean {
    return fresh.replaces === null && partyId === fresh.partyId;
  }
  function isNotified(each: KnownEnrolment): boolean {
    if (each.isFrozen) return false;
    if (isFirstHere) return isInHand(each);
    return isFormerHere(each) || (isThere(each) && each.isEstablished) || (isBeside(each) && isInHand(each));
  }
  const witnesses = others.filter(isNotified).map((each) => ({
    id: each.id,
    mayStop:
      (isThere(each) && !isFormerHere(each) ? each.isEstablished : isVouched(each.id, others)) &&
      !succeeds(each.id, stoppers, others),
  }));
  return { isFirstHere, witnesses };
}

const find = (id: string | null, among: readonly KnownEnrolment[]): KnownEnrolment | undefined =>
  among.find((each) => each.id === id);

/**
 * Whether it was announced for long enough, or succeeds one that was; stopped enrolments between them are skipped.
 */
function isVouched(id: string | null, among: readonly KnownEnrolment[]): boolean {
  const found = find(id, among);
  if (!found) return false;
  return (!found.isFrozen && found.isEstablished) || isVouched(found.replaces, among);
}

/** Whether an enrolment is one of these, or replaced one of them. */
function succeeds(id: string | null, these: ReadonlySet<string>, among: readonly KnownEnrolment[]): boolean {
  if (id === null) return false;
  return these.has(id) || succeeds(find(id, among)?.replaces ?? null, these, among);
}

/**
 * The enrolments that stopped a predecessor of `fresh`: of the enrolments it succeeds, as far back as they were
 * stopped, and of those at its party since the last that was not stopped.
 */
function stoppersBefore(
  fresh: Pick<KnownEnrolment, "replaces">,
  others: readonly KnownEnrolment[],
  here: readonly KnownEnrolment[],
): Set<string> {
  const stoppers = new Set<string>();
  for (let each = find(fresh.replaces, others); each?.isFrozen; each = find(each.replaces, others))
    if (each.frozenBy !== null) stoppers.add(each.frozenBy);
  const newestFirst = here.toSorted((a, b) => b.issuedAt.getTime() - a.issuedAt.getTime());
  const standing = newestFirst.findIndex(({ isFrozen }) => !isFrozen);
  for (const { frozenBy } of newestFirst.slice(0, standing < 0 ? undefined : standing))
    if (frozenBy !== null) stoppers.add(frozenBy);
  return stoppers;
}
