import { randomBytes } from "node:crypto";
import cookies from "@fastify/cookie";
import Fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { z } from "zod";
import { isFromHere } from "../../simulators/own-host.ts";
import { bankRoutes } from "../persons/customer/routes.ts";
import { registerForTrial } from "../persons/parties.ts";
import type { Person } from "../persons/person.ts";
import { showPerson } from "../persons/shown-person.ts";
import type { World } from "../persons/world.ts";
import { acts } from "./acts.ts";
import { liveRoute } from "./live.ts";
import { sandboxPage } from "./page.ts";
import { pageRoutes } from "./page-files.ts";
import { problemOfFailure, problemOfStatus } from "./problem.ts";
import { SandboxRefusal } from "./refusal.ts";

export interface ControlOptions {
  people: ReadonlyMap<string, Person>;
  world: World;
  /** Creates a person if necessary. */
  prepare: (person: Person) => Promise<void>;
  /** postgres:// URL of the registry, for registering parties. */
  database: string;
  port: number;
  /** Shown on the page. */
  addresses: Record<string, string> & { console: string; personPage: string };
  log: Logger;
}

/** Acts after which pages must be refreshed. */
const changing: ReadonlySet<string> = new Set([
  "enrol",
  "tap",
  "move",
  "answer",
  "town-hall",
  "login",
  "not-me",
]);
const bodyLimit = 32 * 1_024;
const parameters = z.strictObject({ person: z.string().max(64) });

/**
 * Starts the control interface on the loopback interface. Anybody who can reach it can act for the test persons, so it refuses
 * requests from another machine, under another host name, or from another site's page.
 */
export async function startControl(
  options: ControlOptions,
): Promise<{ url: string; close: () => Promise<void> }> {
  const { people, world, database, port, addresses, log } = options;
  const server = Fastify({ bodyLimit, forceCloseConnections: true });
  // Only clients close idle connections: if both sides did at the same time, a request could be lost.
  server.server.keepAliveTimeout = 0;
  server.addHook("onRequest", async ({ raw }) => {
    if (!isFromHere(raw)) throw new SandboxRefusal("NOT_FROM_HERE");
  });
  server.setNotFoundHandler((_request, reply) => send(reply, problemOfStatus(404)));
  server.setErrorHandler((error: unknown, _request, reply) => {
    const status = z.looseObject({ statusCode: z.number() }).safeParse(error).data?.statusCode ?? 500;
    const problem = problemOfFailure(error) ?? problemOfStatus(status);
    if (problem.status >= 500)
      log.error({ err: error, instance: problem.instance }, "an act of the sandbox failed");
    return send(reply, problem);
  });

  server.get("/", async (_request, reply) => {
    const nonce = randomBytes(16).toString("base64");
    const page = sandboxPage(await Promise.all([...people.values()].map(showPerson)), addresses, nonce);
    return reply
      .headers({
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": `default-src 'none'; connect-src 'self'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`,
        "cache-control": "no-store",
      })
      .send(page);
  });
  await server.register(cookies);
  await pageRoutes(server);
  // The operator console belongs to the gateway; it is linked here as one of the pages.
  server.get("/pages/console/", async (_request, reply) => reply.redirect(addresses.console));
  // So is the person page, at its own origin.
  server.get("/pages/person-page/", async (_request, reply) => reply.redirect(addresses.personPage));
  const endLive = liveRoute(server, world);
  const endCustomers = bankRoutes(server, world);
  server.get("/people", async () => ({ people: await Promise.all([...people.values()].map(showPerson)) }));
  server.get("/people/:person", async (request) => {
    const person = find(request);
    await options.prepare(person);
    return showPerson(person);
  });
  server.post("/parties", async (request, reply) =>
    reply.code(201).send(await registerForTrial(database, request.body)),
  );
  for (const act of acts)
    server.route({
      method: act.method,
      url: `/people/:person/${act.name}`,
      handler: async (request) => {
        const person = find(request);
        await options.prepare(person);
        try {
          return await act.run(person, request.body);
        } finally {
          if (changing.has(act.name)) person.changed();
        }
      },
    });

  const find = (request: FastifyRequest): Person => {
    const found = people.get(parameters.parse(request.params).person);
    if (!found) throw new SandboxRefusal("NO_SUCH_PERSON");
    return found;
  };
  const url = await server.listen({ host: "127.0.0.1", port });
  return {
    url,
    close: async () => {
      endLive();
      endCustomers();
      await server.close();
    },
  };
}

const send = (reply: FastifyReply, problem: { status: number }): FastifyReply =>
  reply
    .code(problem.status)
    .header("content-type", "application/problem+json; charset=utf-8")
    .send(JSON.stringify(problem));
