/** Certificates, CRLs and OCSP responses have whole seconds (RFC 5280 §4.1.2.5, RFC 6960 §4.2.2.1). */
export const wholeSeconds = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);

/**
 * The last second of a period of whole calendar years. A validity includes both its ends (RFC 5280 §4.1.2.5), so anything later
 * would be longer than the years. From 29 February they end with February in other years.
 */
export function lastSecondOfYears(start: Date, years: number): Date {
  const end = new Date(start);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  if (end.getUTCMonth() !== start.getUTCMonth()) end.setUTCDate(0);
  return new Date(end.getTime() - 1000);
}

/** The tolerance between clocks of the CA's own processes: nothing dated further in the future is signed. */
export const clockSkewMs = 300_000;

/** @throws RangeError if one of the times is invalid */
export function requireTimes(times: Record<string, Date | undefined>): void {
  for (const [name, time] of Object.entries(times))
    if (time !== undefined && Number.isNaN(time.getTime()))
      throw new RangeError(`${name} is not a valid time.`);
}

/** The latest of the times. */
export const latest = (...times: Date[]): Date => new Date(Math.max(...times.map(Number)));
