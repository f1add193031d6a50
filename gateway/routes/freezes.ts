import type { FastifyInstance } from "fastify";
import { freeze } from "../../domain/certificate/freezing.ts";
import { Refusal } from "../../domain/refusal.ts";
import { type Frozen, freeze as freezeMessage, frozen } from "../../protocol/freeze.ts";
import { phoneMessage } from "../../protocol/phone-message.ts";
import { transaction } from "../../registry/database.ts";
import { readFormerPhoneMessage } from "../intake/phone-message.ts";
import { proven } from "../limits/door.ts";
import { operation } from "../openapi/described.ts";
import { signalCertificates } from "../signal-certificates.ts";
import type { RevocationRouteDeps } from "./revocations.ts";

/**
 * `POST /v1/freezes`: "this was not me", from a phone that was notified of a new one. The stop needs only Postgres and is
 * complete when answered; Temporal sends the notices, and may be unavailable.
 */
export function freezesRoute(server: FastifyInstance, deps: RevocationRouteDeps): void {
  server.post(
    "/v1/freezes",
    {
      ...proven,
      ...operation(
        'Report "this was not me": permanently stop the new phone named in a notice to this phone',
        phoneMessage,
        frozen,
      ),
    },
    async (request): Promise<Frozen> => {
      const { claims, enrolment, jws, digest } = await readFormerPhoneMessage(
        deps,
        request.body,
        freezeMessage,
      );
      const { noticeId, newer = false } = claims;
      const said = { noticeId, newer, frozenBy: enrolment.id, proof: jws, digest, now: deps.clock() };
      const revoked = await transaction(deps.pool, (connection) => freeze(connection, deps.sealer, said));
      if (!revoked)
        throw new Refusal({
          code: "FREEZE_CLOSED",
          detail: "This enrolment may answer no such notice of the last 72 hours.",
        });
      await signalCertificates(deps, revoked);
      return { noticeId, stopped: true };
    },
  );
}
