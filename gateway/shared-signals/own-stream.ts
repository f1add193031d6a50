import type { FastifyRequest } from "fastify";
import * as z from "zod";
import { malformed, Refusal } from "../../domain/refusal.ts";
import { findStream, type Stream } from "../../registry/notification/streams.ts";
import { requireParty } from "../openid/party-token.ts";
import type { SharedSignalsDeps } from "./deps.ts";

/** The parameters of every request about a stream. */
export const named = { stream_id: z.uuid() };

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
): Promise<{ stream: Stream; asked: z.infer<T> }> {
  const { partyId } = await requireParty(deps, request, "ssf");
  const asked = read(schema, given);
  const stream = await findStream(deps.pool, deps.sealer, partyId);
  if (stream?.id !== asked.stream_id) throw noStream();
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
