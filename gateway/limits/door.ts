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
 * Options of a route whose callers authenticate by signature, and which others at the same address must not be able to block:
 * stops, revocations, and what a person reads before them. It is not rate-limited by address before the signature is checked.
 */
export const proven = { config: { proven: true } } as const;

/** The console's own pages and calls; its login is public. */
const isConsole = (url: string): boolean =>
  /^\/console(?:\/|$)/.test(url) && !/^\/console\/(?:login|callback)$/.test(url);

const isProven = ({ routeOptions: { config, url = "" } }: FastifyRequest): boolean =>
  config.proven === true || isConsole(url);

/** Rate limits, and trusted proxies. */
export interface DoorSettings {
  /** Requests per minute from one address. */
  rateLimit: number;
  /** Requests per minute of one enrolment, for each kind of message, and of one party. */
  enrolmentRateLimit: number;
  partyRateLimit: number;
  /** Addresses and networks of proxies whose forwarding header is trusted. */
  trustedProxies: readonly string[];
}

/** An IPv6 client controls a whole /64: it counts as one address. */
export const placeOf = ({ ip }: FastifyRequest): string => normalizeIP(ip, 64);

/**
 * Rate-limits requests by address. Every request counts on arrival, except on {@link proven} routes: there only refused
 * requests count, and after too many the address gets no reasons.
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

/** Refusals that occur only after the signature was verified: always returned, whatever others at the address do. */
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

/** Whether a failure is the caller's fault and is counted nowhere else. */
function isTheirs(error: unknown): boolean {
  if (error instanceof Refusal && afterTheProof.has(error.code)) return false;
  const { statusCode = 500 } = error as { statusCode?: number };
  const status = error instanceof Refusal ? refusals[error.code].status : statusCode;
  return status >= 400 && status < 500 && status !== 429;
}
