import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { Refusal } from "../../domain/refusal.ts";
import { problemResponse } from "../../protocol/problem.ts";
import { refusals } from "../../protocol/refusals.ts";
import { isDatabaseUnavailable } from "../../registry/database.ts";
import { useCookies } from "../cookie.ts";
import { placeOf } from "../limits/door.ts";
import { KeyedLimit } from "../limits/keyed-limit.ts";
import { languageOf } from "../problems.ts";
import { useSecurityHeaders } from "../security-headers.ts";
import type { PersonPageDeps } from "./deps.ts";
import { sendPage } from "./html.ts";
import { personPageRoutes } from "./routes.ts";
import { openedPage, visitHere } from "./session.ts";
import { messagePage } from "./tap-page.ts";
import { textsIn } from "./texts.ts";
import { mostWaiting, WaitingTaps } from "./waiting-taps.ts";

/** The largest form, bytes. */
const bodyLimit = 4_096;

/** Builds the server of the person page, an origin of its own; the caller listens and closes. */
export async function buildPersonPage(
  deps: Omit<PersonPageDeps, "log" | "taps">,
  logger: Logger,
): Promise<FastifyInstance> {
  const server = Fastify({
    bodyLimit,
    trustProxy: [...deps.settings.trustedProxies],
    loggerInstance: logger.child({ part: "person-page" }, { level: "warn" }),
    requestTimeout: 60_000,
    connectionTimeout: 90_000,
  }) as unknown as FastifyInstance;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))));
    },
  );
  server.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
    if (deps.settings.setting === "test") reply.header("x-kazasu-setting", "test");
  });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const code = codeOf(error);
    if (code === "INTERNAL")
      request.log.error({ errorName: error.name, errorCode: error.code }, "unexpected failure");
    const language = languageOf(request);
    const { status, what, next } = refusals[code];
    const text = `${what[language]} ${next[language]}`;
    // The default of a problem document, if neither the limit nor the refusal gives a time.
    const { headers } = problemResponse(code, { detail: text, instance: "about:blank", language });
    const known = error instanceof Refusal ? error.retryAfterSeconds : undefined;
    const wait = known ?? reply.getHeader("retry-after") ?? headers["retry-after"];
    if (wait !== undefined) reply.header("retry-after", wait);
    return sendPage(reply.code(status), {
      language,
      title: textsIn(language).title,
      body: messagePage(textsIn(language), text, false),
    });
  });
  server.setNotFoundHandler((_request, reply) => reply.redirect("/", 303));
  await useSecurityHeaders(server, deps.settings.pageUrl);
  await useCookies(server);
  const { rateLimit: max } = deps.settings;
  const counts = new KeyedLimit({ perMinute: max, clock: deps.clock });
  await server.register(rateLimit, {
    max,
    timeWindow: "1 minute",
    keyGenerator: placeOf,
    // Open pages and open taps are rate-limited by their own keys, and the entry to a tap is not rate-limited, so that nobody
    // else at the same address can keep a person from stopping a phone.
    allowList: async (request) => {
      const page = await openedPage(deps, request);
      if (page) return counts.count(page.token) === undefined;
      if (isWayIn(request)) return true;
      const visit = await visitHere(deps, request);
      return visit !== undefined && visit.expiresAt > deps.clock() && counts.count(visit.id) === undefined;
    },
  });
  const taps = new WaitingTaps(deps.settings.mostWaiting ?? mostWaiting);
  personPageRoutes(server, { ...deps, taps, log: server.log });
  return server;
}

/**
 * The landing page, which is the same for everybody, and the start of a tap: {@link WaitingTaps} limits the number of open
 * ones.
 */
const isWayIn = ({ method, routeOptions: { url } }: FastifyRequest): boolean =>
  (method === "GET" && url === "/") || (method === "POST" && url === "/tap");

function codeOf(error: FastifyError): keyof typeof refusals {
  if (error instanceof Refusal) return error.code;
  if (error.statusCode === 429) return "TOO_MANY_REQUESTS";
  if (error.statusCode === 413) return "BODY_TOO_LARGE";
  if (error.statusCode === 415) return "UNSUPPORTED_MEDIA_TYPE";
  if (isDatabaseUnavailable(error)) return "TRY_AGAIN";
  return error.statusCode === 400 ? "MALFORMED_REQUEST" : "INTERNAL";
}
