/** First and last day of each era, by a certificate's first digit; 0 is no era. */
const eras: Record<string, readonly [first: string, last: string]> = {
  "1": ["18681023", "19120730"],
  "2": ["19120730", "19261225"],
  "3": ["19261225", "19890107"],
  "4": ["19890108", "20190430"],
  "5": ["20190501", "99991231"],
};
const anyTime = ["00010101", "99991231"] as const;

/**
 * Whether two dates of birth, `EYYYYMMDD` with zeros where a part is unknown, can be the same day: the parts known in both
 * agree, and the era of each incomplete date has such a day. For a complete date the Gregorian parts decide.
 */
export function sameDate(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [partsOf(one), partsOf(other)];
  if (!a || !b) return false;
  if (a.some((part, index) => part !== 0 && b[index] !== 0 && part !== b[index])) return false;
  const [year = 0, month = 0, day = 0] = a.map((part, index) => part || (b[index] ?? 0));
  const [first, last] = [one, other]
    .map((raw, index) => ([a, b][index]?.includes(0) ? (eras[raw[0] ?? ""] ?? anyTime) : anyTime))
    .reduce(([from, to], [begin, end]) => [begin > from ? begin : from, end < to ? end : to]);
  return hasDay({ year, month, day }, first, last);
}

function partsOf(raw: string): number[] | undefined {
  const [, ...parts] = /^\d(\d{4})(\d\d)(\d\d)$/.exec(raw) ?? [];
  return parts.length === 3 ? parts.map(Number) : undefined;
}

/** Whether a day with these parts, of which 0 is any, is between two days, `YYYYMMDD`. */
function hasDay(
  { year, month, day }: { year: number; month: number; day: number },
  first: string,
  last: string,
): boolean {
  const years = year === 0 ? range(Number(first.slice(0, 4)), Number(last.slice(0, 4))) : [year];
  return years.some((y) =>
    (month === 0 ? range(1, 12) : [month]).some((m) => {
      const longest = new Date(Date.UTC(2000 + (y % 400), m, 0)).getUTCDate();
      if (m > 12 || day > longest) return false;
      const [from, to] = day === 0 ? [1, longest] : [day, day];
      return written(y, m, to) >= first && written(y, m, from) <= last;
    }),
  );
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
const written = (...[year, month, day]: [number, number, number]): string =>
  `${String(year).padStart(4, "0")}${String(month).padStart(2, "0")}${String(day).padStart(2, "0")}`;
