import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { decideLinkRequest } from "../../domain/link/requests.ts";
import { type LinkRequested, linkRequest, linkRequested } from "../../protocol/link.ts";
import { phoneMessage } from "../../protocol/phone-message.ts";
import { transaction } from "../../registry/database.ts";
import { type PhoneMessageDeps, readPhoneMessage } from "../intake/phone-message.ts";
import { proven } from "../limits/door.ts";
import { operation } from "../openapi/described.ts";
import type { ConsentPushes } from "../pushes.ts";

export interface LinkRequestDeps extends PhoneMessageDeps, ConsentPushes {
  pool: Pool;
}

/**
 * `POST /v1/link-requests`: the receiving party's app requests a link or withdraws the request; the giving party's app declines
 * it. The same message again has the same answer. The requesting party does not learn whether the person is known at the giving
 * party.
 */
export function linkRequestsRoute(server: FastifyInstance, deps: LinkRequestDeps): void {
  server.post(
    "/v1/link-requests",
    {
      ...proven,
      ...operation(
        "Request a link to this phone's party; decline or withdraw a request",
        phoneMessage,
        linkRequested,
      ),
    },
    async (request): Promise<LinkRequested> => {
      const message = await readPhoneMessage(deps, request.body, linkRequest);
      const decided = { ...message, now: deps.clock() };
      const { answer, notify } = await transaction(deps.pool, (connection) =>
        decideLinkRequest(connection, decided),
      );
      if (notify !== undefined)
        await deps.pushConsents({ personId: message.enrolment.personId, partyId: notify });
      return answer;
    },
  );
}
