import type { FastifyRequest } from "fastify";
import * as z from "zod";
import { streamOfToken } from "../../domain/notification/stream-tokens.ts";
import { malformed, Refusal } from "../../domain/refusal.ts";
import { findStream, type Stream } from "../../registry/notification/streams.ts";
import { requireParty } from "../openid/party-token.ts";
import type { SharedSignalsDeps } from "./deps.ts";

/** The parameters of every request about a stream. An id of another form than ours is unknown, like any other. */
export const named = { stream_id: z.string().max(256) };

/** Who may make a request: the party with a token bound to its key, or also a receiver with a bearer token of the stream. */
export type Callers = "party" | "party-or-stream-token";

const bearer = /^Bearer +([\w.~+/-]{1,4096}=*)$/i;

/**
 * The party of a request, and the stream to which its token is limited, if it is a bearer token of a stream.
 * @throws Refusal PARTY_TOKEN_INVALID
 */
export async function requireCaller(
  deps: SharedSignalsDeps,
  request: FastifyRequest,
  callers: Callers,
): Promise<{ partyId: string; streamId?: string }> {
  const token = callers === "party" ? undefined : bearer.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) return requireParty(deps, request, "ssf");
  const found = await streamOfToken(deps.pool, token, deps.clock());
  if (!found)
    throw new Refusal({
      code: "PARTY_TOKEN_INVALID",
      detail: "The bearer token is not one of a stream, has expired, or was revoked.",
    });
  // Counted apart: who has the token must not keep the party from revoking it.
  deps.limits?.party(`stream ${found.streamId}`);
  return found;
}

/**
 * Reads a request about the party's own stream: authenticates the party first, then checks the request. Another party's stream
 * is indistinguishable from not found.
 * @throws Refusal PARTY_TOKEN_INVALID, MALFORMED_REQUEST or NOT_FOUND
 */
export async function onOwnStream<T extends z.ZodType<{ stream_id: string }>>(
  deps: SharedSignalsDeps,
  request: FastifyRequest,
  schema: T,
  given: unknown,
  callers: Callers = "party",
): Promise<{ stream: Stream; asked: z.infer<T> }> {
  const { partyId, streamId } = await requireCaller(deps, request, callers);
  const asked = read(schema, given);
  const stream = await findStream(deps.pool, deps.sealer, partyId);
  if (stream?.id !== asked.stream_id || (streamId !== undefined && streamId !== stream.id)) throw noStream();
  return { stream, asked };
}

/** @throws Refusal MALFORMED_REQUEST, which names the malformed place */
export function read<T extends z.ZodType>(schema: T, given: unknown): z.infer<T> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw malformed("The request does not match the schema of this address", parsed.error);
  return parsed.data;
}

export const noStream = (): Refusal =>
  new Refusal({ code: "NOT_FOUND", detail: "The party has no such stream." });
