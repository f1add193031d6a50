import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Refusal } from "../../domain/refusal.ts";
import { type RefusalCode, refusals } from "../../protocol/refusals.ts";
import { onError, sendProblem } from "../problems.ts";
import { KeyedLimit } from "./keyed-limit.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** See {@link proven}. */
    proven?: true;
  }
}

/**
 * Options of a route whose callers prove themselves, and which somebody else at the same address must not be able to close:
 * what stops, what revokes, and what a person has to read before. It is not counted by address before the proof is read.
 */
export const proven = { config: { proven: true } } as const;

/** The console's own pages and calls; its login is for whoever comes. */
const isConsole = (url: string): boolean =>
  /^\/console(?:\/|$)/.test(url) && !/^\/console\/(?:login|callback)$/.test(url);

const isProven = ({ routeOptions: { config, url = "" } }: FastifyRequest): boolean =>
  config.proven === true || isConsole(url);

/** How much the server takes, and whom it believes. */
export interface DoorSettings {
  /** Requests a minute from one address. */
  rateLimit: number;
  /** Requests a minute of one enrolment, for each kind of message, and of one party. */
  enrolmentRateLimit: number;
  partyRateLimit: number;
  /** Addresses and networks of proxies whose word on the client's address is taken. */
  trustedProxies: readonly string[];
}

/** An IPv6 client has a whole network of /64 to speak from: it counts as one. */
export const placeOf = ({ ip }: FastifyRequest): string => normalizeIP(ip, 64);

/**
 * Limits what comes from one address, and what it is answered. Everything is counted as it arrives, but for what is
 * {@link proven}: of that only what is refused counts, and where an address has been refused too often it is given no reason.
 * @param perMinute requests of one address
 */
export async function limitAtTheDoor(
  server: FastifyInstance,
  { perMinute, clock }: { perMinute: number; clock: () => Date },
): Promise<void> {
  await server.register(rateLimit, {
    max: perMinute,
    timeWindow: "1 minute",
    keyGenerator: placeOf,
    allowList: isProven,
  });
  const refused = new KeyedLimit({ perMinute, clock });
  server.setErrorHandler(async (error, request, reply) => {
    const wait = isProven(request) && isTheirs(error) ? refused.count(placeOf(request)) : undefined;
    if (wait === undefined) return onError(error, request, reply);
    reply.header("retry-after", wait);
    return sendProblem(request, reply, "TOO_MANY_REQUESTS", refusals.TOO_MANY_REQUESTS.what.en);
  });
}

/** Refusals that only a message has whose signature was verified: a person is given them, whatever others at the address do. */
const afterTheProof: ReadonlySet<RefusalCode> = new Set([
  "MESSAGE_STALE",
  "CONSENT_NOT_IN_FORCE",
  "CONSENT_REVISION_PASSED",
  "CARD_NEEDED",
  "NOTICE_NOT_FOR_THIS",
  "NOTICE_UNKNOWN",
  "NOTIFICATION_CLOSED",
  "SHOWN_MISMATCH",
  "FREEZE_CLOSED",
  "LOGIN_NUMBER_WRONG",
  "LINK_NOT_POSSIBLE",
  "LINK_REQUEST_CLOSED",
  "TRANSACTION_CLOSED",
  "TRANSACTION_INVALID",
]);

/** Whether a failure is the caller's doing, and counted nowhere else. */
function isTheirs(error: unknown): boolean {
  if (error instanceof Refusal && afterTheProof.has(error.code)) return false;
  const { statusCode = 500 } = error as { statusCode?: number };
  const status = error instanceof Refusal ? refusals[error.code].status : statusCode;
  return status >= 400 && status < 500 && status !== 429;
}
