import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { Gateway } from "../../../client/app/gateway.ts";
import type { ConsentClient } from "../../../client/engine/consent.ts";
import { onError } from "../../../gateway/problems.ts";
import { type ConsentRouteDeps, consentRoutes } from "../../../gateway/routes/consents.ts";
import { issuer, sealer } from "../notification/people.ts";
import { playConsents, registry, world } from "./consent-registry.ts";

let server: FastifyInstance;
export let gateway: Gateway;
/** The parties whose apps were pushed a notice of a consent. */
export const pushed: string[] = [];
/** The lifecycle, without Temporal: a test may have it answer otherwise, or do something before it decides. */
export const lifecycle = {
  beforeApplied: async () => {},
  change: undefined as unknown as ConsentClient["change"],
};

/**
 * For the tests of one file: consents over HTTP, on {@link playConsents}.
 * @param routes what the server answers beside them
 */
export function serveConsents(
  routes: (server: FastifyInstance, deps: ConsentRouteDeps) => void = () => {},
  clock: () => Date = () => new Date(),
): void {
  playConsents();
  beforeAll(async () => {
    const deps: ConsentRouteDeps = {
      pool: registry.pool,
      sealer,
      issuer,
      answerMs: 1_000,
      clock,
      pushConsents: async ({ partyId }) => void pushed.push(partyId),
      consent: {
        async change(input, waitMs) {
          await lifecycle.beforeApplied();
          return lifecycle.change(input, waitMs);
        },
      },
    };
    server = Fastify();
    server.setErrorHandler(onError);
    consentRoutes(server, deps);
    routes(server, deps);
    gateway = new Gateway(await server.listen({ host: "127.0.0.1", port: 0 }));
  });
  afterAll(() => server?.close());
  beforeEach(() => {
    pushed.length = 0;
    lifecycle.beforeApplied = async () => {};
    lifecycle.change = ({ changeId }) => world.activities.applyChange({ changeId });
  });
}
