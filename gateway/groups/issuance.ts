import type { FastifyInstance } from "fastify";
import type { IssuanceClient } from "../../client/engine/issuance.ts";
import { type ActivationDeps, activationRoute } from "../routes/activations.ts";
import { type ApplicationDeps, applicationRoute } from "../routes/applications.ts";
import { type ChallengeDeps, challengeRoute } from "../routes/challenges.ts";
import { type NoticeDeps, noticeRoute } from "../routes/notices.ts";

/** From a tap to a certificate. */
export interface IssuanceDeps extends ChallengeDeps, NoticeDeps, ApplicationDeps, ActivationDeps {
  issuance: Pick<IssuanceClient, "apply" | "activate">;
  serviceKey: ChallengeDeps["serviceKey"];
  sealingKey: ChallengeDeps["sealingKey"] & ApplicationDeps["sealingKey"];
}

export function issuanceRoutes(server: FastifyInstance, deps: IssuanceDeps): void {
  challengeRoute(server, deps);
  noticeRoute(server, deps);
  applicationRoute(server, deps);
  activationRoute(server, deps);
}
