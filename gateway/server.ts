import Fastify, { type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { consoleRoutes } from "./console/routes.ts";
import type { GatewayDeps } from "./gateway.ts";
import { limitAtTheDoor } from "./limits/door.ts";
import { createProvenLimits } from "./limits/proven-limits.ts";
import { loginRoutes } from "./login/routes.ts";
import { makeProvider } from "./openid/provider.ts";
import { openIdRoutes } from "./openid/routes.ts";
import { sendProblem } from "./problems.ts";
import { acknowledgementsRoute } from "./routes/acknowledgements.ts";
import { activationRoute } from "./routes/activations.ts";
import { answersRoute } from "./routes/answers.ts";
import { applicationRoute } from "./routes/applications.ts";
import { attributeReadsRoute } from "./routes/attribute-reads.ts";
import { attributesRoute } from "./routes/attributes.ts";
import { challengeRoute } from "./routes/challenges.ts";
import { configurationRoute } from "./routes/configuration.ts";
import { consentRoutes } from "./routes/consents.ts";
import { freezesRoute } from "./routes/freezes.ts";
import { inboxRoute } from "./routes/inbox.ts";
import { linkDatasetsRoute } from "./routes/link-datasets.ts";
import { linkRequestsRoute } from "./routes/link-requests.ts";
import { linksRoutes } from "./routes/links.ts";
import { loginAnswerRoutes } from "./routes/logins.ts";
import { noticeRoute } from "./routes/notices.ts";
import { openApiRoute } from "./routes/openapi.ts";
import { operationsRoute } from "./routes/operations.ts";
import { pageVisitRoutes } from "./routes/page-visits.ts";
import { pushSubscriptionsRoute } from "./routes/push-subscriptions.ts";
import { revocationRoutes } from "./routes/revocations.ts";
import { transactionsRoute } from "./routes/transactions.ts";
import { sharedSignalsRoutes } from "./shared-signals/routes.ts";

/** The largest body any address takes, bytes: a sealed application with room to spare. */
const bodyLimit = 262_144;

/** Builds the gateway's HTTP server; the caller listens and closes. */
export async function buildGateway(deps: GatewayDeps, logger: Logger): Promise<FastifyInstance> {
  const server = Fastify({
    bodyLimit,
    trustProxy: [...deps.settings.trustedProxies],
    loggerInstance: logger.child({ part: "gateway" }, { level: "warn" }),
    requestTimeout: 60_000,
    connectionTimeout: 90_000,
    routerOptions: { maxParamLength: 128 },
  }) as unknown as FastifyInstance;
  // An idle connection is given up by its client, or after the time above. Were both told the same moment, a client would now and
  // then send its request into a connection that is just being closed.
  server.server.keepAliveTimeout = 0;
  server.removeContentTypeParser("text/plain");
  server.setNotFoundHandler((request, reply) => sendProblem(request, reply, "NOT_FOUND", "No such address."));
  server.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", reply.getHeader("cache-control") ?? "no-store");
    reply.header("x-content-type-options", "nosniff");
    if (deps.settings.setting === "test") reply.header("x-kazasu-setting", "test");
  });
  const { clock, settings } = deps;
  await limitAtTheDoor(server, { perMinute: settings.rateLimit, clock });
  const limits = createProvenLimits({
    perEnrolment: settings.enrolmentRateLimit,
    perParty: settings.partyRateLimit,
    clock,
  });
  challengeRoute(server, deps);
  noticeRoute(server, deps);
  applicationRoute(server, deps);
  activationRoute(server, deps);
  configurationRoute(server, deps);
  openApiRoute(server, deps);

  const phones = { ...deps, limits, issuer: settings.issuer, answerMs: settings.answerMs };
  consentRoutes(server, phones);
  attributeReadsRoute(server, phones);
  inboxRoute(server, phones);
  answersRoute(server, { ...phones, notifications: deps.notification });
  pushSubscriptionsRoute(server, phones);
  revocationRoutes(server, { ...phones, log: server.log });
  linkDatasetsRoute(server, deps);
  linkRequestsRoute(server, phones);
  freezesRoute(server, { ...phones, log: server.log });
  operationsRoute(server, { ...phones, log: server.log });

  const { pageUrl, cardQuestionsPerHour } = settings;
  const secret = deps.activationKey;
  if (pageUrl !== undefined) pageVisitRoutes(server, { ...phones, pageUrl, secret, cardQuestionsPerHour });

  if (deps.console) consoleRoutes(server, { ...phones, ...deps.console, secret, log: server.log });

  const parties = { ...deps, limits, publicUrl: settings.publicUrl };
  const provider = makeProvider({ ...parties, secret });
  const logins = { ...phones, ...parties, provider, secret, cardQuestionsPerHour, log: server.log };
  openIdRoutes(server, logins);
  loginRoutes(server, logins);
  loginAnswerRoutes(server, logins);
  sharedSignalsRoutes(server, parties);
  attributesRoute(server, parties);
  transactionsRoute(server, parties);
  linksRoutes(server, parties);
  acknowledgementsRoute(server, parties);
  return server;
}
