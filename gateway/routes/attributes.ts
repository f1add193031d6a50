import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { disclose } from "../../domain/consent/disclosing.ts";
import { malformed, Refusal } from "../../domain/refusal.ts";
import { type DisclosedAttributes, disclosedAttributes } from "../../protocol/events.ts";
import { addRefusedRead } from "../../registry/attribute-record/refused-reads.ts";
import { lockDisclosure } from "../../registry/consent/disclosures.ts";
import { transaction } from "../../registry/database.ts";
import { activeEnrolments, pseudonymOf } from "../../registry/issuance/enrolments.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { byParty, described, json, refused } from "../openapi/described.ts";
import { type PartyTokenDeps, requireParty } from "../openid/party-token.ts";

export interface AttributesDeps extends PartyTokenDeps {
  sealer: Sealer;
  clock: () => Date;
}

/** Older SDKs refuse unknown members. */
const furigana = z
  .literal("furigana")
  .describe("With the name, its furigana, if the register has supplied it");
const question = z.strictObject({ consent: z.uuid(), include: furigana.optional() });

/**
 * `GET /v1/attributes?consent=<id>`: the consented attributes as the person last agreed to them, completed with later additions
 * to that writing: furigana, and characters in place of substitutes. The consent is checked in the transaction that reads the
 * values, which also records the disclosure or the refusal. If the person has no enrolment left at the party, reading ends with
 * the act that ended the last one, even before its revocation takes effect.
 */
export function attributesRoute(server: FastifyInstance, deps: AttributesDeps): void {
  server.get(
    "/v1/attributes",
    described({
      ...byParty("attributes"),
      summary: "The consented attributes, as the person last agreed to them",
      querystring: question,
      response: { 200: json("The attributes", disclosedAttributes), ...refused },
    }),
    async (request): Promise<DisclosedAttributes> => {
      const { partyId } = await requireParty(deps, request, "attributes");
      const asked = question.safeParse(request.query);
      if (!asked.success) throw malformed("The query does not match its schema", asked.error);
      const disclosed = await transaction(deps.pool, async (connection) => {
        const consent = await lockDisclosure(connection, asked.data.consent, "share", deps.clock());
        if (!consent) return undefined;
        const { personId } = consent;
        // A consent of another party, or without an enrolment, is indistinguishable from not found; the person sees who asked.
        const isGiven =
          consent.inForce &&
          consent.partyId === partyId &&
          (await activeEnrolments(connection, personId, partyId)).length > 0;
        if (!isGiven) {
          await addRefusedRead(connection, {
            personId,
            partyId,
            asked: consent.attributes,
            at: deps.clock(),
          });
          return undefined;
        }
        const {
          version,
          provenAt,
          attributes: { furigana, ...attributes },
        } = await disclose(connection, deps, consent, { names: consent.attributes, way: "attributes" });
        const isFuriganaGiven = asked.data.include !== undefined && furigana !== undefined;
        const sub = await pseudonymOf(connection, consent.personId, partyId);
        return disclosedAttributes.parse({
          sub,
          consentId: consent.consentId,
          anchorVersion: version,
          provenAt: provenAt.toISOString(),
          attributes: { ...attributes, ...(isFuriganaGiven ? { furigana } : {}) },
        });
      });
      if (!disclosed) throw notInForce();
      return disclosed;
    },
  );
}

const notInForce = () =>
  new Refusal({
    code: "CONSENT_NOT_IN_FORCE",
    detail: "This party has no consent of this id in force.",
  });
