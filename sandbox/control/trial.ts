import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Parties } from "../persons/parties.ts";
import type { Person } from "../persons/person.ts";
import { outcome, playLogin } from "../trial/outcomes.ts";
import type { FirstThings } from "../trial/ready-clients.ts";
import { registerOnTrial } from "../trial/register.ts";
import type { Trace } from "../watch/trace.ts";
import { problemOfFailure } from "./problem.ts";
import { SandboxRefusal } from "./refusal.ts";

export interface TrialOptions {
  parties: Parties;
  /** Folder of generated client keys. */
  clients: string;
  first: FirstThings;
  /** The recorded requests; absent if the gateway is not watched. */
  trace: Trace | undefined;
  gateway: string;
  /** Throws a {@link SandboxRefusal} if there is no such person. */
  person: (slug: string) => Promise<Person>;
}

const slug = z.string().max(64);
const choice = z.strictObject({ person: slug, outcome });
const playOrder = z.strictObject({
  /** The login page's link for this device, or the content of its code. */
  link: z.url().max(1_024),
  /** Default: the chosen ones (`PUT /choice`). */
  person: slug.optional(),
  outcome: outcome.optional(),
  /** With a code: the number on the login page. */
  number: z.number().int().min(10).max(99).optional(),
});
const linkQuery = z.object({ link: z.url().max(1_024) });

/** What a party's developer uses: ready clients, registration, the choice of who answers logins and how, and the requests. */
export function trialRoutes(server: FastifyInstance, options: TrialOptions): void {
  const { parties, clients, first, trace, gateway } = options;
  let chosen: z.infer<typeof choice> = { person: "plain", outcome: "approved" };

  server.get("/first", async () => first);
  server.post("/parties", async (request, reply) =>
    reply.code(201).send(await registerOnTrial(parties, clients, request.body)),
  );
  server.get("/choice", async () => chosen);
  server.put("/choice", async (request) => {
    const asked = choice.parse(request.body ?? {});
    await options.person(asked.person);
    return (chosen = asked);
  });
  server.get("/logins", async (request) => {
    const { id, name } = await parties.ofLogin(linkQuery.parse(request.query).link, gateway);
    return { party: { id, name } };
  });
  server.post("/logins", async (request) => {
    const { link, person: slug, outcome: ends, number } = playOrder.parse(request.body ?? {});
    const party = await parties.ofLogin(link, gateway);
    const person = await options.person(slug ?? chosen.person);
    try {
      const order = { link, outcome: ends ?? chosen.outcome, number };
      const { refused, answered, ...played } = await playLogin(person, party, order);
      return { ...played, ...answered, ...(refused ? { refused: problemOfFailure(refused) } : {}) };
    } finally {
      person.changed();
    }
  });
  server.get("/exchanges", async () => ({
    isWatched: trace !== undefined,
    exchanges: trace?.exchanges ?? [],
  }));
  server.delete("/exchanges", async () => {
    if (!trace) throw new SandboxRefusal("NOTHING_IS_WATCHED");
    trace.clear();
    return { exchanges: [] };
  });
  receiverRoute(server, trace);
}

/** `POST /receiver/<party>`: takes every event pushed to it (RFC 8935 §2.2), and keeps it for the page. */
function receiverRoute(server: FastifyInstance, trace: Trace | undefined): void {
  const parameters = z.strictObject({ party: slug });
  void server.register(async (scope) => {
    scope.addContentTypeParser("application/secevent+jwt", { parseAs: "string" }, (_request, body, done) =>
      done(null, body),
    );
    scope.post("/receiver/:party", async (request, reply) => {
      const { party } = parameters.parse(request.params);
      const { method, headers, host, url } = request;
      const body = z.string().parse(request.body);
      trace?.takePush(party, { method, headers, url: new URL(url, `http://${host}`), body });
      return reply.code(202).send();
    });
  });
}
