import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { z } from "zod";
import { type Authority, AuthorityRefusal } from "../party/authority.ts";
import { type Connection, findConnection, keepConnection } from "./connection.ts";
import { eventTypes } from "./security-event.ts";

export interface StreamOptions {
  pool: Pool;
  authority: Authority;
  method: "push" | "poll";
  /** The URL to which events are pushed, and the header that authenticates the CA. */
  endpoint: string;
  pushAuthorization: string;
}

/** Delivery methods of the Shared Signals Framework 1.0: RFC 8935 and RFC 8936. */
const deliveryMethods = { push: "urn:ietf:rfc:8935", poll: "urn:ietf:rfc:8936" } as const;

/** Transmitter configuration metadata (Shared Signals Framework 1.0), as far as the bank needs it. */
const transmitter = z.object({
  issuer: z.url(),
  jwks_uri: z.url(),
  delivery_methods_supported: z.array(z.string()),
  configuration_endpoint: z.url(),
  status_endpoint: z.url(),
  verification_endpoint: z.url(),
});

const stream = z.object({
  stream_id: z.string().min(1),
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string()).min(1)]),
  delivery: z.object({ method: z.string(), endpoint_url: z.string().optional() }),
});
const streams = z.array(stream);
const streamStatus = z.object({ status: z.string() });

/**
 * Creates the bank's stream at the CA, or updates the existing one, enables it, and requests a verification event, which is
 * delivered like any event.
 * @throws AuthorityRefusal, or what fetch throws, if the CA fails: retry
 */
export async function connectStream(options: StreamOptions): Promise<Connection> {
  const { pool, authority, method } = options;
  const metadata = agreed(
    transmitter,
    await authority.read(`${authority.gateway}/.well-known/ssf-configuration`),
    "transmitter configuration",
  );
  if (metadata.issuer.replace(/\/$/, "") !== authority.gateway)
    throw new Error("The transmitter configuration has another issuer than its URL.");
  if (!metadata.delivery_methods_supported.includes(deliveryMethods[method]))
    throw new Error(`The CA does not deliver by ${method}: choose the other method.`);

  const made = await makeOrUpdate(options, metadata.configuration_endpoint);
  if (made.iss !== metadata.issuer) throw new Error("The issuer of the stream is not its transmitter.");
  const pollEndpoint = method === "poll" ? (made.delivery.endpoint_url ?? null) : null;
  if (method === "poll" && pollEndpoint === null)
    throw new Error("The CA's stream does not say where to poll.");
  const status = await enable(authority, metadata.status_endpoint, made.stream_id);
  const verificationState = randomUUID();
  await keepConnection(
    pool,
    {
      streamId: made.stream_id,
      method,
      issuer: made.iss,
      audience: [made.aud].flat(),
      jwksUri: metadata.jwks_uri,
      pollEndpoint,
      streamStatus: status,
    },
    verificationState,
  );
  await verify(authority, metadata.verification_endpoint, made.stream_id, verificationState);
  return (await findConnection(pool)) as Connection;
}

async function makeOrUpdate(options: StreamOptions, address: string): Promise<z.infer<typeof stream>> {
  const { authority, method, endpoint, pushAuthorization } = options;
  const wanted = {
    delivery: {
      method: deliveryMethods[method],
      ...(method === "push" ? { endpoint_url: endpoint, authorization_header: pushAuthorization } : {}),
    },
    events_requested: [eventTypes.attributesChanged, eventTypes.credentialChange],
    description: "ABC Bank",
  };
  const [present] = agreed(streams, await authority.call("GET", address), "list of streams");
  const answer = present
    ? await authority.call("PATCH", address, { stream_id: present.stream_id, ...wanted })
    : await authority.call("POST", address, wanted);
  return agreed(stream, answer, "stream");
}

async function enable(authority: Authority, address: string, streamId: string): Promise<string> {
  const question = `${address}?stream_id=${encodeURIComponent(streamId)}`;
  const { status } = agreed(streamStatus, await authority.call("GET", question), "stream status");
  if (status === "enabled") return status;
  const body = { stream_id: streamId, status: "enabled" };
  return agreed(streamStatus, await authority.call("POST", address, body), "stream status").status;
}

async function verify(authority: Authority, address: string, streamId: string, state: string): Promise<void> {
  try {
    await authority.call("POST", address, { stream_id: streamId, state });
  } catch (error) {
    // Requested too often: the stream exists, only unverified.
    if (!(error instanceof AuthorityRefusal) || error.status !== 429) throw error;
  }
}

function agreed<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const { data } = schema.safeParse(answer);
  if (data === undefined)
    throw new Error(`The CA's ${what} is not of the Shared Signals Framework 1.0: compare the two versions.`);
  return data;
}
