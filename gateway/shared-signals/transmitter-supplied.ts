import { Refusal } from "../../domain/refusal.ts";
import type { Stream } from "../../registry/notification/streams.ts";
import { pollUrlOf, streamDocument } from "./stream-document.ts";

/** The members of a stream that only the transmitter sets, besides `stream_id` (Shared Signals Framework 1.0 §8.1.1). */
const members = [
  "iss",
  "aud",
  "events_supported",
  "events_delivered",
  "min_verification_interval",
  "inactivity_timeout",
] as const;

/**
 * Checks what a request to change or replace a stream says about the members that the transmitter sets: each may be present, and
 * then has the value of before the change (Shared Signals Framework 1.0 §8.1.1.3 and §8.1.1.4). The same applies to the URL to
 * poll.
 * @throws Refusal MALFORMED_REQUEST, which names the member
 */
export function requireTransmitterSupplied(publicUrl: string, stream: Stream, given: unknown): void {
  const asked = new Map(Object.entries(given as object));
  const shown = new Map(Object.entries(streamDocument(publicUrl, stream)));
  const wrong: string[] = members.filter(
    (name) => asked.has(name) && !isSame(asked.get(name), shown.get(name)),
  );
  const url = (asked.get("delivery") as { method?: unknown; endpoint_url?: unknown } | undefined) ?? {};
  const isPoll = url.method === "urn:ietf:rfc:8936";
  if (isPoll && Boolean(url.endpoint_url) && url.endpoint_url !== pollUrlOf(publicUrl, stream))
    wrong.push("delivery.endpoint_url");
  if (wrong.length > 0)
    throw new Refusal({
      code: "MALFORMED_REQUEST",
      detail: `The transmitter sets ${wrong.join(", ")}: leave it out, or repeat the present value.`,
    });
}

/** Whether two values are equal; arrays are sets, and one value may stand for the set of it. */
function isSame(given: unknown, shown: unknown): boolean {
  const setOf = (value: unknown) => new Set<unknown>(Array.isArray(value) ? value : [value]);
  const [left, right] = [setOf(given), setOf(shown)];
  return left.size === right.size && [...left].every((each) => right.has(each));
}
