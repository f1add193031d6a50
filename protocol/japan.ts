const dayMs = 86_400_000;
/** Japan Standard Time, which has no summer time. */
const jstOffsetMs = 9 * 3_600_000;

/** The begin of the day, in Japanese time: what is dated by it reveals no moment. */
export const dayInJapan = (at: Date): Date => new Date(startOfDay(at, dayMs));

/**
 * The last millisecond of the day, in Japanese time: what ends with it reveals no moment of its begin.
 * @param lengthMs of a day, where long waits are played short
 */
export const endOfDayInJapan = (at: Date, lengthMs = dayMs): Date =>
  new Date(startOfDay(at, lengthMs) + lengthMs - 1);

const startOfDay = (at: Date, lengthMs: number): number =>
  Math.floor((at.getTime() + jstOffsetMs) / lengthMs) * lengthMs - jstOffsetMs;
