import type { FastifyInstance } from "fastify";
import { type AnswersDeps, answersRoute } from "../routes/answers.ts";
import { attributeReadsRoute } from "../routes/attribute-reads.ts";
import { type ConsentRouteDeps, consentRoutes } from "../routes/consents.ts";
import { freezesRoute } from "../routes/freezes.ts";
import { type InboxDeps, inboxRoute } from "../routes/inbox.ts";
import { linkDatasetsRoute } from "../routes/link-datasets.ts";
import { type LinkRequestDeps, linkRequestsRoute } from "../routes/link-requests.ts";
import { type PushSubscriptionsDeps, pushSubscriptionsRoute } from "../routes/push-subscriptions.ts";
import { type RevocationRouteDeps, revocationRoutes } from "../routes/revocations.ts";

/** Requests of an enrolled phone, signed by its device key. */
export interface PhoneDeps
  extends ConsentRouteDeps,
    InboxDeps,
    AnswersDeps,
    PushSubscriptionsDeps,
    RevocationRouteDeps,
    LinkRequestDeps {}

export function phoneRoutes(server: FastifyInstance, deps: PhoneDeps): void {
  consentRoutes(server, deps);
  attributeReadsRoute(server, deps);
  inboxRoute(server, deps);
  answersRoute(server, deps);
  pushSubscriptionsRoute(server, deps);
  revocationRoutes(server, deps);
  linkDatasetsRoute(server, deps);
  linkRequestsRoute(server, deps);
  freezesRoute(server, deps);
}
