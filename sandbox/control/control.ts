import { randomBytes } from "node:crypto";
import cookies from "@fastify/cookie";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { z } from "zod";
import { isFromHere } from "../../simulators/own-host.ts";
import { bankRoutes } from "../persons/customer/routes.ts";
import type { Parties } from "../persons/parties.ts";
import type { Person } from "../persons/person.ts";
import { showPerson } from "../persons/shown-person.ts";
import type { World } from "../persons/world.ts";
import type { FirstThings } from "../trial/ready-clients.ts";
import type { Trace } from "../watch/trace.ts";
import { acts } from "./acts.ts";
import { liveRoute } from "./live.ts";
import { sandboxPage } from "./page.ts";
import { pageRoutes } from "./page-files.ts";
import { problemOfFailure, problemOfStatus } from "./problem.ts";
import { type SandboxProblem, SandboxRefusal } from "./refusal.ts";
import { trialRoutes } from "./trial.ts";

export interface ControlOptions {
  people: ReadonlyMap<string, Person>;
  world: World;
  /** Creates a person if necessary. */
  prepare: (person: Person) => Promise<void>;
  parties: Parties;
  /** What the page and a developer begin with. */
  first: FirstThings;
  /** Folder of generated client keys. */
  clients: string;
  /** The recorded requests of parties; absent if the gateway is not watched. */
  trace?: Trace | undefined;
  port: number;
  /** Shown on the page. */
  addresses: Record<string, string> & { gateway: string; console: string; personPage: string };
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
  const { people, world, port, addresses, log } = options;
  const server = Fastify({ bodyLimit, forceCloseConnections: true });
  // Only clients close idle connections: if both sides did at the same time, a request could be lost.
  server.server.keepAliveTimeout = 0;
  server.addHook("onRequest", async ({ raw }) => {
    if (!isFromHere(raw)) throw new SandboxRefusal("NOT_FROM_HERE");
  });
  server.setNotFoundHandler((request, reply) => send(reply, noSuchAddress(server, request)));
  server.setErrorHandler((error: unknown, _request, reply) => {
    const status = z.looseObject({ statusCode: z.number() }).safeParse(error).data?.statusCode ?? 500;
    const problem = problemOfFailure(error) ?? problemOfStatus(status);
    if (problem.status >= 500)
      log.error({ err: error, instance: problem.instance }, "an act of the sandbox failed");
    return send(reply, problem);
  });

  server.get("/acts", async (_request, reply) => {
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
  server.get("/", async (_request, reply) => reply.redirect("/pages/developer/"));
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
  trialRoutes(server, {
    parties: options.parties,
    clients: options.clients,
    first: options.first,
    trace: options.trace,
    gateway: addresses.gateway,
    person: async (slug) => {
      const person = known(slug);
      await options.prepare(person);
      return person;
    },
  });
  options.trace?.listen(() => world.happenings.emit({ kind: "exchange" }));
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

  const known = (slug: string): Person => {
    const found = people.get(slug);
    if (!found) throw new SandboxRefusal("NO_SUCH_PERSON");
    return found;
  };
  const find = (request: FastifyRequest): Person => known(parameters.parse(request.params).person);
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

const methods = ["GET", "POST", "PUT", "DELETE"] as const;

/** An address with another method is one as well: say which. */
function noSuchAddress(server: FastifyInstance, { method, url }: FastifyRequest): SandboxProblem {
  const path = url.split("?")[0] ?? "";
  const others = methods.filter(
    (other) => other !== method && server.findRoute({ method: other, url: path }),
  );
  const detail =
    others.length > 0
      ? `Use ${others.join(" or ")} ${path}, not ${method}.`
      : `There is no ${method} ${path.slice(0, 100)}. GET /acts shows the addresses.`;
  const next = {
    en: "docs/reference/sandbox.md lists the addresses.",
    ja: "アドレスの一覧は docs/reference/sandbox.ja.md にあります。",
  };
  return { ...problemOfStatus(404), detail, next };
}

const send = (reply: FastifyReply, problem: { status: number }): FastifyReply =>
  reply
    .code(problem.status)
    .header("content-type", "application/problem+json; charset=utf-8")
    .send(JSON.stringify(problem));
