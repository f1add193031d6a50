const dayMs = 86_400_000;
/** Japan Standard Time, which has no summer time. */
const jstOffsetMs = 9 * 3_600_000;
const years = 10;

/** How long a consent lasts; the first and the last moment. */
export interface Term {
  validFrom: Date;
  validUntil: Date;
}

/**
 * The term of a consent: ten years from the day after it was received, in Japanese time, as J-LIS counts them for the latest
 * four attributes. Received 2023-05-18 10:00 JST: 2023-05-19 00:00:00 to 2033-05-18 23:59:59 JST. If the last year has no such
 * day, the term ends with the day before. The consent is in force from its receipt.
 */
export function termOf(receivedAt: Date): Term {
  const inJapan = receivedAt.getTime() + jstOffsetMs;
  const nextMidnight = inJapan - (((inJapan % dayMs) + dayMs) % dayMs) + dayMs;
  const after = new Date(nextMidnight);
  after.setUTCFullYear(after.getUTCFullYear() + years);
  return {
    validFrom: new Date(nextMidnight - jstOffsetMs),
    validUntil: new Date(after.getTime() - jstOffsetMs - 1_000),
  };
}
