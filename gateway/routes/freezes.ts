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
 * `POST /v1/freezes`: "this was not me", from a phone that was notified of a new one. Stopped when it is answered, by Postgres
 * alone; Temporal only has people notified, and may be away.
 */
export function freezesRoute(server: FastifyInstance, deps: RevocationRouteDeps): void {
  server.post(
    "/v1/freezes",
    {
      ...proven,
      ...operation(
        "This was not me: stop the new phone that a notice to this phone is about, for ever",
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
          detail: "This enrolment has no such notice of the last 72 hours that it may answer.",
        });
      await signalCertificates(deps, revoked);
      return { noticeId, stopped: true };
    },
  );
}
