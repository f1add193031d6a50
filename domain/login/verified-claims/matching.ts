import { type Constraint, hasRestriction, meets } from "./constraint.ts";

/** A member that an answer must have to be valid (IDA schema §5.4); each other one has to be requested. */
const mandatory = ["trust_framework", "type"];

type Held = string | Held[] | { [member: string]: Held };
type Selected = { isMet: false } | { isMet: true; given: Held | undefined };

/**
 * Selects what is requested of a verification (IDA §5.4); `undefined` if it does not meet the request: then the whole element
 * is omitted (§5.7.4).
 *
 * An element that we do not have is omitted (§5.7.2); if it is restricted, in any depth, the restriction is not met, because
 * none may be ignored (§5.5.1).
 */
export function select(
  asked: object,
  verification: { [member: string]: Held },
  now: Date,
): object | undefined {
  const selected = ofObject(asked, verification, now);
  return selected.isMet ? (selected.given as object) : undefined;
}

function ofAny(asked: unknown, held: Held | undefined, now: Date): Selected {
  if (held === undefined) return hasRestriction(asked) ? { isMet: false } : { isMet: true, given: undefined };
  if (typeof held === "string")
    return meets(asked as Constraint, held, now) ? { isMet: true, given: held } : { isMet: false };
  return Array.isArray(held)
    ? ofEvidence(asked as object[], held as { [member: string]: Held }[], now)
    : ofObject(asked as object, held, now);
}

function ofObject(asked: object, held: { [member: string]: Held }, now: Date): Selected {
  const wanted: Record<string, unknown> = { ...asked };
  const given: { [member: string]: Held } = {};
  for (const name of mandatory) if (Object.hasOwn(held, name)) given[name] = held[name] as Held;
  for (const name of new Set([...Object.keys(held), ...Object.keys(wanted)])) {
    if (!Object.hasOwn(wanted, name)) continue;
    const selected = ofAny(wanted[name], Object.hasOwn(held, name) ? held[name] : undefined, now);
    if (!selected.isMet) return selected;
    if (selected.given !== undefined) given[name] = selected.given;
  }
  return { isMet: true, given: Object.keys(given).length === 0 ? undefined : given };
}

/** Each entry of the request is a filter and a template; several are linked by OR (IDA §5.4). */
function ofEvidence(filters: object[], held: { [member: string]: Held }[], now: Date): Selected {
  const given = held.flatMap((each) => {
    const parts = filters.flatMap((filter) => {
      const selected = ofObject(filter, each, now);
      return selected.isMet && selected.given !== undefined ? [selected.given] : [];
    });
    return parts.length === 0 ? [] : [parts.reduce(together)];
  });
  return given.length === 0 ? { isMet: false } : { isMet: true, given };
}

/** The members of both. */
function together(one: Held, other: Held): Held {
  if (typeof one === "string" || typeof other === "string" || Array.isArray(one) || Array.isArray(other))
    return one;
  const members = Object.entries(other).map(([name, value]): [string, Held] => [
    name,
    Object.hasOwn(one, name) ? together(one[name] as Held, value) : value,
  ]);
  return { ...one, ...Object.fromEntries(members) };
}
