import type { PartyClient } from "../../registry/party/clients.ts";

/** How long a client's published keys are used before they are read again, seconds. */
export const keysSeconds = 60;
/** The limit for reading them, milliseconds: the client's own request waits. */
const keysTimeoutMs = 5_000;

export type FetchOutside = (url: string, init: RequestInit) => Promise<Response>;

/** A party's keys could not be read where it publishes them. The message names no address. */
export class KeysUnreadable extends Error {}

/**
 * A client's JWK Set for the provider, which caches it for as long as we say, whatever the party's server says.
 * @throws KeysUnreadable
 */
export async function keysOf(
  client: PartyClient,
  { fetchOutside, now }: { fetchOutside: FetchOutside; now: Date },
): Promise<Response> {
  if ("jwks" in client) return Response.json(client.jwks);
  const place = `${client.id} ${client.jwksUri}`;
  const failed = failures.get(place);
  if (failed !== undefined && now.getTime() < failed.until) throw failed.error;
  try {
    const keys = await readKeys(client, fetchOutside);
    failures.delete(place);
    return keys;
  } catch (error) {
    if (error instanceof KeysUnreadable) noteFailure(place, error, now);
    throw error;
  }
}

/** Addresses that have just failed: strangers who name the client do not make us ask an ailing server again and again. */
const failures = new Map<string, { until: number; error: KeysUnreadable }>();
const failureMs = 5_000;
const mostFailures = 1_000;

function noteFailure(place: string, error: KeysUnreadable, now: Date): void {
  const [oldest] = failures.keys();
  if (failures.size >= mostFailures && oldest !== undefined) failures.delete(oldest);
  failures.delete(place);
  failures.set(place, { until: now.getTime() + failureMs, error });
}

async function readKeys(
  client: PartyClient & { jwksUri: string },
  fetchOutside: FetchOutside,
): Promise<Response> {
  const answer = await fetchOutside(client.jwksUri, {
    method: "GET",
    headers: { accept: "application/jwk-set+json, application/json" },
    signal: AbortSignal.timeout(keysTimeoutMs),
  }).catch((cause: unknown) => {
    throw new KeysUnreadable(messageOf(cause), { cause });
  });
  // Refused here: the provider would take a failed answer for fresh, and not ask again for a minute.
  if (answer.status !== 200) throw new KeysUnreadable(`The answer has the status ${answer.status}.`);
  const text = await answer.text().catch((cause: unknown) => {
    throw new KeysUnreadable(messageOf(cause), { cause });
  });
  if (!isKeySet(text)) throw new KeysUnreadable("The answer is no JWK Set.");
  return new Response(text, { headers: { "cache-control": `max-age=${keysSeconds}` } });
}

const messageOf = (cause: unknown): string =>
  (cause as Error).name === "TimeoutError" ? "No answer within five seconds." : (cause as Error).message;

function isKeySet(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { keys?: unknown } | null)?.keys);
  } catch {
    return false;
  }
}
