import { decodeJwt } from "jose";

/** What one party has received about one of its customers, by field. Consented attributes are not in it. */
export type Received = Map<string, string>;

/** Every value in it, by its path; of signed and of JSON texts what they say, too. */
export function note(received: Received, path: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (value instanceof Date) received.set(path, value.toISOString());
  else if (value instanceof Uint8Array) received.set(path, Buffer.from(value).toString("hex"));
  else if (typeof value === "object")
    for (const [name, member] of Object.entries(value)) note(received, `${path}.${name}`, member);
  else {
    received.set(path, `${value as string | number | boolean}`);
    const said = contentOf(value);
    if (said) note(received, path, said);
  }
}

function contentOf(value: unknown): object | undefined {
  if (typeof value !== "string") return undefined;
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(value)) return attempt(() => decodeJwt(value));
  return value.startsWith("{") ? attempt(() => JSON.parse(value) as object) : undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/**
 * Of so many persons as are found by chance: of six, five about once in 1,500 runs, all by two unlike fields more seldom.
 */
const mostByChance = (people: number) => people - 2;

export const fieldsOf = (all: Received[]): string[] => [
  ...new Set(all.flatMap((received) => [...received.keys()])),
];

/**
 * Pairs of fields in which a value singles out one person at both parties.
 * @param ours what one party received of each person
 * @param theirs what the other did, in the same order of persons
 */
export function equalValues(ours: Received[], theirs: Received[]): string[] {
  const others = singled(theirs);
  const found = [...singled(ours)].flatMap(([value, { person, field }]) => {
    const other = others.get(value);
    return other?.person === person ? [[field, other.field] as const] : [];
  });
  // A time of seconds, drawn at random within the same window, may be the same by chance for one person and field.
  const byFields = new Map<string, { fields: readonly [string, string]; times: number }>();
  for (const fields of found) {
    const name = fields.join(" = ");
    byFields.set(name, { fields, times: (byFields.get(name)?.times ?? 0) + 1 });
  }
  const areTimes = ([our, their]: readonly [string, string]) => isTime(ours, our) && isTime(theirs, their);
  return [...byFields]
    .filter(([, { fields, times }]) => times > (areTimes(fields) ? mostByChance(ours.length) : 0))
    .map(([name]) => name);
}

/** Pairs of fields, of whatever names, in which the nearest time at the other party is that of the same person. */
export function nearTimes(ours: Received[], theirs: Received[]): string[] {
  return [...timesOf(ours)].flatMap(([ourField, times]) =>
    [...timesOf(theirs)].flatMap(([theirField, others]) => {
      const right = times.filter((time, person) => nearest(time, others) === person).length;
      const chance = ourField === theirField ? mostByChance(ours.length) : ours.length - 1;
      return right > chance ? [`${ourField} ~ ${theirField}`] : [];
    }),
  );
}

/** The fields of a party in which each person has a time, by field. */
export function timesOf(all: Received[]): Map<string, number[]> {
  return new Map(
    fieldsOf(all).flatMap((field) => {
      const times = all.map((received) => timeOf(received.get(field)));
      return times.every((time) => time !== undefined) ? [[field, times] as const] : [];
    }),
  );
}

interface Single {
  person: number;
  field: string;
}

/** The values that one person alone has at a party, each with a field of it. */
function singled(all: Received[]): Map<string, Single> {
  const found = new Map<string, Single | "many">();
  for (const [person, received] of all.entries())
    for (const [field, value] of received) {
      const before = found.get(value);
      if (before === undefined) found.set(value, { person, field });
      else if (before !== "many" && before.person !== person) found.set(value, "many");
    }
  return new Map([...found].filter((entry): entry is [string, Single] => entry[1] !== "many"));
}

const isTime = (all: Received[], field: string): boolean =>
  all.some((received) => timeOf(received.get(field)) !== undefined);

/** Which of the others lies nearest, where one alone does. */
function nearest(time: number, others: number[]): number | undefined {
  const distances = others.map((other) => Math.abs(other - time));
  const least = Math.min(...distances);
  return distances.filter((distance) => distance === least).length === 1
    ? distances.indexOf(least)
    : undefined;
}

/** A time in milliseconds, of ISO 8601, of OpenSSL's words, or of seconds since 1970. */
export function timeOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^1[6-9]\d{8}$/.test(value)) return Number(value) * 1000;
  const time = /^\d{4}-\d\d-\d\dT|^[A-Z][a-z]{2} +\d+ .* GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
