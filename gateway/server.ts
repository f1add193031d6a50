import Fastify, { type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { useCookies } from "./cookie.ts";
import type { GatewayParts, Given } from "./gateway.ts";
import { aboutRoutes } from "./groups/about.ts";
import { issuanceRoutes } from "./groups/issuance.ts";
import { loginGroup } from "./groups/logins.ts";
import { operatorRoutes } from "./groups/operators.ts";
import { partyRoutes } from "./groups/parties.ts";
import { phoneRoutes } from "./groups/phones.ts";
import { limitAtTheDoor } from "./limits/door.ts";
import { createProvenLimits } from "./limits/proven-limits.ts";
import { useOpenApi } from "./openapi/document.ts";
import { sendProblem } from "./problems.ts";
import { pageVisitRoutes } from "./routes/page-visits.ts";
import { useSecurityHeaders } from "./security-headers.ts";

/** The largest body of any endpoint, bytes: a sealed application with a margin. */
const bodyLimit = 262_144;

/** Builds the gateway's HTTP server; the caller listens and closes. */
export async function buildGateway(parts: GatewayParts, logger: Logger): Promise<FastifyInstance> {
  const { base, door } = parts;
  const server = Fastify({
    bodyLimit,
    trustProxy: [...door.trustedProxies],
    loggerInstance: logger.child({ part: "gateway" }, { level: "warn" }),
    requestTimeout: 60_000,
    connectionTimeout: 90_000,
    routerOptions: { maxParamLength: 128 },
  }) as unknown as FastifyInstance;
  // The client or the time limit above closes idle connections. If both had the same limit, a client would sometimes send a
  // request into a connection that is being closed.
  server.server.keepAliveTimeout = 0;
  server.removeContentTypeParser("text/plain");
  server.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, "NOT_FOUND", "There is no such address."),
  );
  server.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", reply.getHeader("cache-control") ?? "no-store");
    if (parts.about.setting === "test") reply.header("x-kazasu-setting", "test");
  });
  await useSecurityHeaders(server, base.publicUrl);
  await useOpenApi(server, base.issuer, base.publicUrl);
  await useCookies(server);
  const { clock } = base;
  await limitAtTheDoor(server, { perMinute: door.rateLimit, clock });
  const { enrolmentRateLimit: perEnrolment, partyRateLimit: perParty } = door;
  const limits = createProvenLimits({ perEnrolment, perParty, clock });
  const explains = parts.about.setting === "test";
  const given: Given = { ...base, limits, log: server.log, explains };
  aboutRoutes(server, { ...given, ...parts.about });
  issuanceRoutes(server, { ...given, ...parts.issuance });
  phoneRoutes(server, { ...given, ...parts.phones });
  operatorRoutes(server, { ...given, ...parts.operators });
  if (parts.page) pageVisitRoutes(server, { ...given, ...parts.page });
  loginGroup(server, { ...given, ...parts.logins });
  partyRoutes(server, { ...given, ...parts.parties });
  return server;
}
