import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { refusals } from "../../protocol/refusals.ts";
import { placeOf } from "../limits/door.ts";
import { KeyedLimit } from "../limits/keyed-limit.ts";
import { languageOf, Refusal } from "../problems.ts";
import type { PersonPageDeps } from "./deps.ts";
import { sendPage } from "./html.ts";
import { personPageRoutes } from "./routes.ts";
import { openedPage } from "./session.ts";
import { messagePage } from "./tap-page.ts";
import { textsIn } from "./texts.ts";

/** The largest form of the page, bytes. */
const bodyLimit = 4_096;

/** Builds the server of the CA's own page, an origin of its own; the caller listens and closes. */
export async function buildPersonPage(
  deps: Omit<PersonPageDeps, "log">,
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
    reply.header("x-content-type-options", "nosniff");
    if (deps.settings.setting === "test") reply.header("x-kazasu-setting", "test");
  });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const code = codeOf(error);
    if (code === "INTERNAL")
      request.log.error({ errorName: error.name, errorCode: error.code }, "unexpected failure");
    const language = languageOf(request);
    const { status, what, next } = refusals[code];
    const text = `${what[language]} ${next[language]}`;
    return sendPage(reply.code(status), {
      language,
      title: textsIn(language).title,
      body: messagePage(textsIn(language), text, false),
    });
  });
  server.setNotFoundHandler((_request, reply) => reply.redirect("/", 303));
  const { rateLimit: max } = deps.settings;
  const pages = new KeyedLimit({ perMinute: max, clock: deps.clock });
  await server.register(rateLimit, {
    max,
    timeWindow: "1 minute",
    keyGenerator: placeOf,
    // Whose page is open is counted by it: nobody else at the same address keeps them from stopping a phone.
    allowList: async (request) => {
      const page = await openedPage(deps, request);
      return page !== undefined && pages.count(page.token) === undefined;
    },
  });
  personPageRoutes(server, { ...deps, log: server.log });
  return server;
}

function codeOf(error: FastifyError): keyof typeof refusals {
  if (error instanceof Refusal) return error.code;
  if (error.statusCode === 429) return "TOO_MANY_REQUESTS";
  if (error.statusCode === 413) return "BODY_TOO_LARGE";
  if (error.statusCode === 415) return "UNSUPPORTED_MEDIA_TYPE";
  return error.statusCode === 400 ? "MALFORMED_REQUEST" : "INTERNAL";
}
