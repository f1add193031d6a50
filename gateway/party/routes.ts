import type { FastifyInstance } from "fastify";
import { aboutPartyRoute } from "./about.ts";
import type { OwnInterfaceDeps } from "./deps.ts";
import { partyEventsRoutes } from "./events.ts";
import { partyKeysRoutes } from "./keys.ts";
import { partyReadsRoute } from "./reads.ts";

/** A party's own interface, `/v1/party` (docs/how-to/run-a-party.md). */
export function ownInterfaceRoutes(server: FastifyInstance, deps: OwnInterfaceDeps): void {
  aboutPartyRoute(server, deps);
  partyKeysRoutes(server, deps);
  partyEventsRoutes(server, deps);
  partyReadsRoute(server, deps);
}
