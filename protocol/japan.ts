const dayMs = 86_400_000;
/** Japan Standard Time, which has no summer time. */
const jstOffsetMs = 9 * 3_600_000;

/** The start of the day, in Japanese time: a date without the exact time. */
export const dayInJapan = (at: Date): Date => new Date(startOfDay(at, dayMs));

/**
 * The last millisecond of the day, in Japanese time: an end that does not reveal when the period began.
 * @param lengthMs the length of a day, if long waits are shortened
 */
export const endOfDayInJapan = (at: Date, lengthMs = dayMs): Date =>
  new Date(startOfDay(at, lengthMs) + lengthMs - 1);

const startOfDay = (at: Date, lengthMs: number): number =>
  Math.floor((at.getTime() + jstOffsetMs) / lengthMs) * lengthMs - jstOffsetMs;
