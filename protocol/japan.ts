const dayMs = 86_400_000;
/** Japan Standard Time, which has no summer time. */
const jstOffsetMs = 9 * 3_600_000;

/** The begin of the day, in Japanese time: what is dated by it tells no moment. */
export const dayInJapan = (at: Date): Date =>
  new Date(Math.floor((at.getTime() + jstOffsetMs) / dayMs) * dayMs - jstOffsetMs);
