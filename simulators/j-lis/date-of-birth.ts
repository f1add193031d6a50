const jst = 9 * 60 * 60 * 1_000;

/** First day of each era, latest first, with the digit certificates give it. */
const eras = [
  ["2019-05-01", "5"],
  ["1989-01-08", "4"],
  ["1926-12-25", "3"],
  ["1912-07-30", "2"],
  ["1868-10-23", "1"],
] as const;

/** `1998-12-31` as a certificate writes it, `419981231`. Before Meiji the era is 0, unknown. */
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
 *
 * Where month or day of birth are unknown, the day of issue stands for them. 29 February counts as the 28th.
 */
export function birthdayAfter(dateOfBirth: string, issued: Date, count: number): Date {
  const today = inJapan(issued);
  const month = Number(dateOfBirth.slice(5, 7)) || today.month;
  const bornOn = Number(dateOfBirth.slice(7, 9)) || today.day;
  const day = month === 2 && bornOn === 29 ? 28 : bornOn;
  const passed = today.month > month || (today.month === month && today.day >= day);
  const year = today.year + count - (passed ? 0 : 1);
  return new Date(Date.UTC(year, month - 1, day, 23, 59, 59) - jst);
}

/** Age in whole years, or `undefined` when the year of birth is unknown. */
export function ageOn(dateOfBirth: string, date: Date): number | undefined {
  const year = Number(dateOfBirth.slice(1, 5));
  if (year === 0) return undefined;
  const today = inJapan(date);
  const monthAndDay = today.month * 100 + today.day;
  return today.year - year - (monthAndDay < Number(dateOfBirth.slice(5, 9)) ? 1 : 0);
}

/** The last midnight in Japan: when the day's CRLs are dated. */
export function midnightInJapan(now: Date): Date {
  const { year, month, day } = inJapan(now);
  return new Date(Date.UTC(year, month - 1, day) - jst);
}
