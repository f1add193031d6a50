const jst = 9 * 60 * 60 * 1_000;

/** First day of each era, latest first, with its digit in certificates. */
const eras = [
  ["2019-05-01", "5"],
  ["1989-01-08", "4"],
  ["1926-12-25", "3"],
  ["1912-07-30", "2"],
  ["1868-10-23", "1"],
] as const;

/** `1998-12-31` as in a certificate, `419981231`. Before Meiji the era is 0, unknown. */
export function toCertificateDate(isoDate: string): string {
  const era = eras.find(([first]) => isoDate >= first)?.[1] ?? "0";
  return `${era}${isoDate.replaceAll("-", "")}`;
}

/** Calendar date in Japan. */
const inJapan = (date: Date) => {
  const shifted = new Date(date.getTime() + jst);
  return { year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate() };
};

/**
 * End of the day of the `count`th birthday after `issued`, in Japan: when certificates (5) and cards (10) end.
 */
export function birthdayAfter(dateOfBirth: string, issued: Date, count: number): Date {
  const today = inJapan(issued);
  const { month, day } = birthdayOf(dateOfBirth, today);
  const passed = isReached({ month, day }, today);
  const year = today.year + count - (passed ? 0 : 1);
  return new Date(Date.UTC(year, month - 1, day, 23, 59, 59) - jst);
}

/** Age in whole years, or `undefined` when the year of birth is unknown. */
export function ageOn(dateOfBirth: string, date: Date): number | undefined {
  const year = Number(dateOfBirth.slice(1, 5));
  if (year === 0) return undefined;
  const today = inJapan(date);
  return today.year - year - (isReached(birthdayOf(dateOfBirth, today), today) ? 0 : 1);
}

interface DayOfYear {
  month: number;
  day: number;
}

/**
 * The birthday as seen from a day: an unknown day or month is replaced by that day's, and a day that the month lacks by the
 * month's last. 29 February counts as the 28th, in every year.
 */
function birthdayOf(dateOfBirth: string, seenFrom: DayOfYear): DayOfYear {
  const [month, day] = [Number(dateOfBirth.slice(5, 7)), Number(dateOfBirth.slice(7, 9))];
  const known = month === 0 ? seenFrom : { month, day: day || seenFrom.day };
  const lastDay = new Date(Date.UTC(2001, known.month, 0)).getUTCDate();
  return { month: known.month, day: Math.min(known.day, lastDay) };
}

const isReached = (birthday: DayOfYear, today: DayOfYear): boolean =>
  today.month > birthday.month || (today.month === birthday.month && today.day >= birthday.day);

/** The last midnight in Japan, the date of the day's CRLs. */
export function midnightInJapan(now: Date): Date {
  const { year, month, day } = inJapan(now);
  return new Date(Date.UTC(year, month - 1, day) - jst);
}
