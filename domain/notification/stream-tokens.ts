import { createHash, randomBytes } from "node:crypto";
import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import {
  findTokenStream,
  removeStreamTokens,
  retireStreamTokens,
  storeStreamToken,
} from "../../registry/notification/stream-tokens.ts";
import { lockStream, type Stream } from "../../registry/notification/streams.ts";
import { Refusal } from "../refusal.ts";

/** How long a bearer token of a stream is good for. */
const lifetimeMs = 30 * 86_400_000;
/** How long the token before a new one is still good, so that a receiver can be given the new one. */
const overlapMs = 3_600_000;

const form = /^kzs_[\w-]{43}$/;

/** A bearer token of a stream, as its party gets it once. */
export interface IssuedStreamToken {
  token: string;
  expiresInSeconds: number;
}

/**
 * Issues a bearer token for reading and polling one stream, which has opted in to them. The token before it ends within the
 * hour, any older one at once.
 * @throws Refusal STREAM_BEARER_FORBIDDEN; NOT_FOUND if the stream was deleted
 */
export async function issueStreamToken(
  connection: Connection,
  { id }: Pick<Stream, "id">,
  now: Date,
): Promise<IssuedStreamToken> {
  const locked = await lockStream(connection, id);
  if (locked === undefined) throw new Refusal({ code: "NOT_FOUND", detail: "The party has no such stream." });
  if (!locked.bearerPolling)
    throw new Refusal({
      code: "STREAM_BEARER_FORBIDDEN",
      detail: "The stream does not have bearer_polling.",
    });
  await retireStreamTokens(connection, id, new Date(now.getTime() + overlapMs));
  const token = `kzs_${randomBytes(32).toString("base64url")}`;
  await storeStreamToken(connection, {
    sha256: digestOf(token),
    streamId: id,
    expiresAt: new Date(now.getTime() + lifetimeMs),
  });
  await audit(connection, "stream-token-issued", id);
  return { token, expiresInSeconds: lifetimeMs / 1_000 };
}

/** Ends all bearer tokens of a stream at once. */
export async function revokeStreamTokens(connection: Connection, streamId: string): Promise<void> {
  if ((await removeStreamTokens(connection, streamId)) > 0)
    await audit(connection, "stream-tokens-revoked", streamId);
}

/** The stream of a bearer token, and its party; `undefined` for a token that is not good. */
export async function streamOfToken(
  connection: Connection,
  token: string,
  now: Date,
): Promise<{ streamId: string; partyId: string } | undefined> {
  return form.test(token) ? findTokenStream(connection, digestOf(token), now) : undefined;
}

const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();
