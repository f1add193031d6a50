import { isDeepStrictEqual } from "node:util";

/** A requested element: `null`, or its restrictions (OpenID Connect Core §5.5.1, IDA §5.5). */
export type Constraint = {
  essential?: boolean;
  value?: unknown;
  values?: unknown[];
  /** Seconds since the element's date. */
  max_age?: number;
} | null;

const members = ["value", "values", "max_age"] as const;

/** Whether the element restricts values: what is given then says more than the value. */
export const restricts = (constraint: Constraint): constraint is NonNullable<Constraint> =>
  members.some((member) => Object.hasOwn(constraint ?? {}, member));

/** Whether anything in this part of a request is restricted. */
export function hasRestriction(asked: unknown): boolean {
  if (typeof asked !== "object" || asked === null) return false;
  return (!Array.isArray(asked) && restricts(asked)) || Object.values(asked).some(hasRestriction);
}

/** Whether a value meets every restriction (IDA §5.5.1, §5.5.2). */
export function meets(constraint: Constraint, value: unknown, now: Date): boolean {
  if (!restricts(constraint)) return true;
  const { values, max_age: maxAge } = constraint;
  if (Object.hasOwn(constraint, "value") && !isDeepStrictEqual(constraint.value, value)) return false;
  if (values !== undefined && !values.some((each) => isDeepStrictEqual(each, value))) return false;
  return maxAge === undefined || elapsedSeconds(value, now) <= maxAge;
}

/** The values that a constraint names, if it names any. */
export const named = (constraint: Constraint): unknown[] | undefined =>
  constraint !== null && Object.hasOwn(constraint, "value") ? [constraint.value] : constraint?.values;

/**
 * Seconds since a timestamp, or since the last second in Japan of a date or of a year (IDA §5.5.2); `NaN` for anything else,
 * which meets no `max_age`.
 *
 * The `time` of our verifications is the beginning of a day. Its age is counted from there, as the party itself would: an
 * answer by the true time of the proof, which no party learns, would tell it to whoever asks often enough.
 */
function elapsedSeconds(value: unknown, now: Date): number {
  if (typeof value !== "string") return Number.NaN;
  const [, year, rest = "-12-31"] = /^(\d{4})(-\d\d-\d\d)?$/.exec(value) ?? [];
  if (year === undefined && !/^\d{4}-\d\d-\d\dT/.test(value)) return Number.NaN;
  const since = Date.parse(year === undefined ? value : `${year}${rest}T23:59:59+09:00`);
  return (now.getTime() - since) / 1_000;
}
