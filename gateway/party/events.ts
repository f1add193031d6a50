import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import { isPassing } from "../../client/engine/passing.ts";
import { mostReplayed, type Replay, replayEvents } from "../../domain/notification/replaying.ts";
import { Refusal } from "../../domain/refusal.ts";
import {
  type OwnEvent,
  type OwnEvents,
  ownEventsAsked,
  type Replayed,
  replayAsked,
} from "../../protocol/own-interface.ts";
import { transaction } from "../../registry/database.ts";
import { type PartyEvent, partyEvents } from "../../registry/notification/party-events.ts";
import { findSecurityEvent } from "../../registry/notification/security-events.ts";
import { json } from "../openapi/described.ts";
import type { OwnInterfaceDeps } from "./deps.ts";
import { documented } from "./documented.ts";
import { own, read, requireChange, requireOwnParty, sealedCursors } from "./own-party.ts";

/** `/v1/party/events` and `/v1/party/replays`: the events of the party's stream, and sending them again. */
export function partyEventsRoutes(server: FastifyInstance, deps: OwnInterfaceDeps): void {
  server.get(
    "/v1/party/events",
    own({
      summary: "Undelivered, dead-lettered or delivered events of the party",
      querystring: ownEventsAsked,
      response: { 200: json("A page of events", documented.ownEvents) },
    }),
    async (request): Promise<OwnEvents> => {
      const { partyId } = await requireOwnParty(deps, request);
      const { state, after, limit } = read(ownEventsAsked, request.query);
      const cursors = sealedCursors(deps.sealer, { list: `events-${state}`, partyId });
      const about = { partyId, state, now: deps.clock() };
      const { rows, next } = await partyEvents(deps.pool, about, { after: cursors.open(after), limit });
      return { events: rows.map(shown), ...cursors.show(next) };
    },
  );

  server.post(
    "/v1/party/replays",
    own({
      summary: "Send events again: one, or dead-lettered or delivered ones of a time range",
      body: documented.replayAsked,
      response: { 200: json("The replayed events", documented.replayed) },
    }),
    async (request): Promise<Replayed> => {
      const { partyId } = await requireChange(deps, request);
      const asked = read(replayAsked, request.body);
      const jtis = await sendAgain(deps, replayOf(partyId, asked));
      if ("jti" in asked && jtis.length === 0) throw await notReplayable(deps, partyId, asked.jti);
      return { jtis, more: jtis.length === mostReplayed };
    },
  );
}

/** Transmits in the transaction that requeues: if Temporal does not answer, nothing is on its way again. */
async function sendAgain({ pool, notification, clock }: OwnInterfaceDeps, replay: Replay): Promise<string[]> {
  try {
    return await transaction(pool, async (connection) => {
      const jtis = await replayEvents(connection, replay, clock());
      for (const jti of jtis) await notification.transmit(jti);
      return jtis;
    });
  } catch (error) {
    if (!isPassing(error)) throw error;
    throw new Refusal({ code: "TRY_AGAIN", detail: "Temporal does not answer." });
  }
}

function replayOf(partyId: string, asked: z.output<typeof replayAsked>): Replay {
  if ("jti" in asked) return { partyId, jtis: [asked.jti] };
  const { states, from, until, after } = asked;
  return {
    partyId,
    states,
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
    ...(after === undefined ? {} : { after }),
  };
}

/** Another party's event is indistinguishable from none. */
async function notReplayable(
  { pool, clock }: OwnInterfaceDeps,
  partyId: string,
  jti: string,
): Promise<Refusal> {
  const event = await findSecurityEvent(pool, jti);
  const isKnown =
    event?.partyId === partyId && (event.happenedAt === undefined || event.happenedAt <= clock());
  if (!isKnown) return new Refusal({ code: "NOT_FOUND", detail: "The party has no such event." });
  const detail =
    event.state === "pending" ? "It is on its way." : "It is too old, about no person, or cancelled.";
  return new Refusal({ code: "EVENT_NOT_REPLAYABLE", detail });
}

function shown({ subject, consentId, state, lastError, ...row }: PartyEvent): OwnEvent {
  const { jti, event, attempts, at, nextAttemptAt, deliveredAt } = row;
  return {
    jti,
    event,
    ...(subject === null ? {} : { sub: subject }),
    ...(consentId === null ? {} : { consentId }),
    // Cancelled events are not in the list.
    state: state as OwnEvent["state"],
    at: at.toISOString(),
    attempts,
    ...(lastError === null ? {} : { lastError }),
    ...(nextAttemptAt === null ? {} : { nextAttemptAt: nextAttemptAt.toISOString() }),
    ...(deliveredAt === null ? {} : { deliveredAt: deliveredAt.toISOString() }),
  };
}
