import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import * as z from "zod";
import { pendingFor, type SecurityEvent } from "../../registry/notification/security-events.ts";
import { findStream, type Stream } from "../../registry/notification/streams.ts";
import { json } from "../openapi/described.ts";
import type { SharedSignalsDeps } from "./deps.ts";
import { byReceiver, onStream, polled } from "./descriptions.ts";
import { named, onOwnStream } from "./own-stream.ts";
import { noteRefused, noteTaken } from "./polled.ts";
import { carriedBy } from "./stream-document.ts";

const longestWaitMs = 25_000;
const lookEveryMs = 500;
const mostEvents = 100;
/** How many polls of one party wait in this process at a time: each queries twice a second. Further polls are answered at once. */
const mostWaiting = 4;

const errors = z.union([
  z.record(z.string().max(256), z.unknown()),
  // The empty object of some languages.
  z.array(z.never()).max(0),
]);

/**
 * RFC 8936 §2.4. What is inside `ack` and `setErrs` is read one by one, so that one malformed id does not hold up the rest of the
 * poll; `null` is the same as absent.
 */
export const pollRequest = z.object({
  ...named,
  maxEvents: z.number().int().min(0).nullish(),
  returnImmediately: z.boolean().nullish(),
  ack: z.array(z.unknown()).max(1_000).nullish(),
  setErrs: errors.nullish(),
});

const eventId = z.uuid();
const setError = z.looseObject({ err: z.string() });

/** Records what the party has received, and what it could not accept; entries of another form have no effect. */
async function noteReceived(
  deps: SharedSignalsDeps,
  stream: Stream,
  { ack, setErrs }: Pick<z.infer<typeof pollRequest>, "ack" | "setErrs">,
): Promise<void> {
  for (const jti of ack ?? []) {
    const taken = eventId.safeParse(jti);
    if (taken.success) await noteTaken(deps, stream, taken.data);
  }
  for (const [jti, said] of Object.entries(setErrs ?? {})) {
    const error = setError.safeParse(said);
    if (error.success && eventId.safeParse(jti).success) await noteRefused(deps, stream, jti, error.data.err);
  }
}

/** `POST /ssf/poll/<stream>` (RFC 8936): acknowledged events count as delivered; others are sent again. */
export function pollRoutes(server: FastifyInstance, deps: SharedSignalsDeps): void {
  const closing = new AbortController();
  const waiting = new Map<string, number>();
  server.addHook("preClose", async () => closing.abort());

  server.post<{ Params: { stream: string } }>(
    "/ssf/poll/:stream",
    onStream({
      ...byReceiver,
      summary: "Poll for events, and acknowledge received ones (RFC 8936)",
      params: z.object({ stream: z.string() }),
      body: pollRequest.omit({ stream_id: true }),
      response: { 200: json("Security Event Tokens by their jti", polled) },
    }),
    async (request) => {
      const given = { ...(request.body as object | null), stream_id: request.params.stream };
      const { stream, asked } = await onOwnStream(deps, request, pollRequest, given, "party-or-stream-token");
      await noteReceived(deps, stream, asked);

      const limit = Math.min(asked.maxEvents ?? mostEvents, mostEvents);
      const already = waiting.get(stream.partyId) ?? 0;
      const waits = asked.returnImmediately !== true && limit > 0 && already < mostWaiting;
      if (waits) waiting.set(stream.partyId, already + 1);
      const wait = { limit, waitMs: waits ? longestWaitMs : 0, closing: closing.signal };
      const found = await waitForEvents(deps, stream, request, wait).finally(() => {
        if (waits) leave(waiting, stream.partyId);
      });
      const sets: Record<string, string> = {};
      for (const event of found.slice(0, limit)) sets[event.jti] = await deps.signSet(event, stream);
      return { sets, ...(found.length > limit ? { moreAvailable: true } : {}) };
    },
  );
}

/** Counts a waiting poll of a party off. */
function leave(waiting: Map<string, number>, partyId: string): void {
  const left = (waiting.get(partyId) ?? 1) - 1;
  if (left > 0) waiting.set(partyId, left);
  else waiting.delete(partyId);
}

/** Polls for events until there are some, the time is over, the client disconnects, or the gateway closes. */
async function waitForEvents(
  { pool, sealer, clock }: SharedSignalsDeps,
  { id, partyId }: Stream,
  { socket }: FastifyRequest,
  { limit, waitMs, closing }: { limit: number; waitMs: number; closing: AbortSignal },
): Promise<SecurityEvent[]> {
  const until = performance.now() + waitMs;
  for (;;) {
    // Read again each time: the stream may have been paused, or deleted.
    const stream = await findStream(pool, sealer, partyId);
    if (stream?.id === id && stream.status === "enabled") {
      const wanted = { partyId, events: carriedBy(stream), limit: limit + 1, now: clock() };
      const found = await pendingFor(pool, wanted);
      if (found.length > 0) return found;
    }
    if (performance.now() >= until || socket.destroyed || closing.aborted) return [];
    await sleep(lookEveryMs, undefined, { signal: closing }).catch(() => {});
  }
}
