import type { FastifyInstance } from "fastify";
import type * as z from "zod";
import { attributeReadList, attributeReadsRequest } from "../../protocol/attribute-reads.ts";
import { sealedAnswer } from "../../protocol/consent.ts";
import { phoneMessage } from "../../protocol/phone-message.ts";
import { attributeReads } from "../../registry/attribute-record/reads.ts";
import { type PhoneMessageDeps, readPhoneMessage } from "../intake/phone-message.ts";
import { sealAnswer } from "../intake/seal-answer.ts";
import { operation } from "../openapi/described.ts";

const mostShown = 128;

/** `POST /v1/attribute-reads/list`: this party's reads of the person's attributes, sealed to the one-use key. */
export function attributeReadsRoute(server: FastifyInstance, deps: PhoneMessageDeps): void {
  server.post(
    "/v1/attribute-reads/list",
    operation(
      "The party's reads of the person's attributes, sealed to the request's one-use key",
      phoneMessage,
      sealedAnswer,
    ),
    async (request): Promise<z.infer<typeof sealedAnswer>> => {
      const { claims, enrolment } = await readPhoneMessage(deps, request.body, attributeReadsRequest);
      const wanted = { after: claims.page?.after, limit: mostShown };
      const { rows, next } = await attributeReads(deps.pool, enrolment, wanted);
      const reads = rows.map(({ consentId, version, attributes, asked, way, readAt }) => ({
        consentId,
        anchorVersion: version,
        attributes,
        ...(claims.page && asked ? { asked } : {}),
        way,
        at: readAt.toISOString(),
      }));
      return sealAnswer(claims, attributeReadList.parse({ reads, ...(claims.page && next ? { next } : {}) }));
    },
  );
}
