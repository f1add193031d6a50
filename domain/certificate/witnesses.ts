import type { KnownEnrolment } from "../../registry/certificate/new-phones.ts";

/** A phone that is notified of a new one; without a vote it is notified, and cannot have the new one stopped. */
export interface Witness {
  id: string;
  mayStop: boolean;
}

export interface Announcement {
  /** The person had no phone at this party before: announced later, so that parties cannot match enrolments by the time. */
  isFirstHere: boolean;
  /** Nobody: the person has no phone that could be notified; they may have had one before. */
  witnesses: Witness[];
}

/**
 * Whom a person is asked through whether `fresh` is theirs. On a phone that takes the place of another, or stands beside
 * it: the phone it replaces, the others that have stood, and one whose successors were all stopped, for it was the last
 * that the person knew. On one that stands beside a phone that has not stood: that phone too, and the one it replaced while
 * that is asked about it. Of a first enrolment at a party: all their others.
 *
 * A vote has who has stood, and a former phone that is the successor of one: a phone that was never announced stops nobody,
 * else a thief's could speak against the person's own. None has who stopped what `fresh` comes after: a stop is answered
 * by one tap, and not by a second stop.
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
    return isFormerHere(each) || (isThere(each) && each.hasStood) || (isBeside(each) && isInHand(each));
  }
  const witnesses = others.filter(isNotified).map((each) => ({
    id: each.id,
    mayStop:
      (isThere(each) && !isFormerHere(each) ? each.hasStood : isVouched(each.id, others)) &&
      !succeeds(each.id, stoppers, others),
  }));
  return { isFirstHere, witnesses };
}

const find = (id: string | null, among: readonly KnownEnrolment[]): KnownEnrolment | undefined =>
  among.find((each) => each.id === id);

/** Whether it has stood, or succeeds one that has: what was stopped between them does not count. */
function isVouched(id: string | null, among: readonly KnownEnrolment[]): boolean {
  const found = find(id, among);
  if (!found) return false;
  return (!found.isFrozen && found.hasStood) || isVouched(found.replaces, among);
}

/** Whether an enrolment is one of these, or took the place of one. */
function succeeds(id: string | null, these: ReadonlySet<string>, among: readonly KnownEnrolment[]): boolean {
  if (id === null) return false;
  return these.has(id) || succeeds(find(id, among)?.replaces ?? null, these, among);
}

/**
 * Who stopped what `fresh` comes after: the enrolments it succeeds, as far back as they were stopped, and those at its
 * party since the last that was not.
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
