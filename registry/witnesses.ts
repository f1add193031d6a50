/** One of a person's enrolments that holds, or held, a certificate. */
export interface KnownEnrolment {
  id: string;
  partyId: string;
  state: string;
  replaces: string | null;
  isFrozen: boolean;
  /** Whether the person is being asked of this very phone whether it is theirs. */
  isInQuestion: boolean;
}

/**
 * Who is to hear that `fresh` is on a new phone: the phone it replaces, the person's other active ones, and one whose
 * successors were all stopped, for it was the last that the person knew. A phone that is itself in question is no witness:
 * else a thief's second phone could speak against the person's own.
 *
 * Nobody, where the person had no phone at this party before: a first enrolment is no new phone, and the other parties'
 * apps are not to learn of it.
 */
export function witnessesOf(
  fresh: Pick<KnownEnrolment, "id" | "partyId" | "replaces">,
  all: readonly KnownEnrolment[],
): string[] {
  const others = all.filter(({ id }) => id !== fresh.id);
  const wasLastKnown = (id: string): boolean =>
    others
      .filter(({ replaces }) => replaces === id)
      .every((successor) => successor.isFrozen && wasLastKnown(successor.id));
  const told = others.filter((each) => {
    if (each.isFrozen) return false;
    if (each.id === fresh.replaces) return true;
    if (each.state === "active") return !each.isInQuestion;
    return each.state === "superseded" && each.partyId === fresh.partyId && wasLastKnown(each.id);
  });
  const isNewHere = fresh.replaces !== null || told.some(({ partyId }) => partyId === fresh.partyId);
  return isNewHere ? told.map(({ id }) => id) : [];
}
