import type { FastifyInstance } from "fastify";
import type { OwnInterfaceDeps } from "../party/deps.ts";
import { ownInterfaceRoutes } from "../party/routes.ts";
import { type AcknowledgementsDeps, acknowledgementsRoute } from "../routes/acknowledgements.ts";
import { type AttributesDeps, attributesRoute } from "../routes/attributes.ts";
import { type LinksDeps, linksRoutes } from "../routes/links.ts";
import { protectedResourceRoute } from "../routes/protected-resource.ts";
import { type TransactionsDeps, transactionsRoute } from "../routes/transactions.ts";
import type { SharedSignalsDeps } from "../shared-signals/deps.ts";
import { sharedSignalsRoutes } from "../shared-signals/routes.ts";

/** Requests of relying parties' servers, with a token bound to their key. */
export interface PartyDeps
  extends SharedSignalsDeps,
    AttributesDeps,
    TransactionsDeps,
    LinksDeps,
    OwnInterfaceDeps,
    AcknowledgementsDeps {
  notification: SharedSignalsDeps["notification"];
  tokenKeys: LinksDeps["tokenKeys"];
  limits: NonNullable<SharedSignalsDeps["limits"]> & NonNullable<OwnInterfaceDeps["limits"]>;
}

export function partyRoutes(server: FastifyInstance, deps: PartyDeps): void {
  protectedResourceRoute(server, deps);
  sharedSignalsRoutes(server, deps);
  attributesRoute(server, deps);
  transactionsRoute(server, deps);
  linksRoutes(server, deps);
  acknowledgementsRoute(server, deps);
  ownInterfaceRoutes(server, deps);
}
