import type { IncomingHttpHeaders } from "node:http";

const longestMs = 24 * 3_600_000;

/** Retry-After in milliseconds (RFC 9110 §10.2.3), seconds or a date; a day at most. */
export function retryAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestMs) : undefined;
}
