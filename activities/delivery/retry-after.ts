import type { IncomingHttpHeaders } from "node:http";

const longestMs = 24 * 3_600_000;

/**
 * Retry-After in milliseconds (RFC 9110 §10.2.3), seconds or a date; a day at most. `undefined` if it is not in the future:
 * then our own backoff applies.
 */
export function retryAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return ms > 0 ? Math.min(ms, longestMs) : undefined;
}
