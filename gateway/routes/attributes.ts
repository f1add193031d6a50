import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { type DisclosedAttributes, disclosedAttributes } from "../../protocol/events.ts";
import { type AnchorAttributes, readAnchor } from "../../registry/anchors.ts";
import { audit } from "../../registry/audit.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { type Disclosure, lockDisclosure } from "../../registry/disclosures.ts";
import { pseudonymOf } from "../../registry/enrolments.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { malformed } from "../intake/open-envelope.ts";
import { type PartyTokenDeps, requireParty } from "../openid/party-token.ts";
import { Refusal } from "../problems.ts";

export interface AttributesDeps extends PartyTokenDeps {
  sealer: Sealer;
  clock: () => Date;
}

const question = z.strictObject({ consent: z.uuid() });

/**
 * `GET /v1/attributes?consent=<id>`: the consented attributes as the person last agreed to them. The consent is checked
 * in the transaction that reads the values, and the disclosure leaves a line there.
 */
export function attributesRoute(server: FastifyInstance, deps: AttributesDeps): void {
  server.get("/v1/attributes", async (request): Promise<DisclosedAttributes> => {
    const { partyId } = await requireParty(deps, request, "attributes");
    const asked = question.safeParse(request.query);
    if (!asked.success) throw malformed("The question does not have its shape", asked.error);
    return transaction(deps.pool, async (connection) => {
      const consent = await lockDisclosure(connection, asked.data.consent, "share", deps.clock());
      // Another party's consent is told apart from none by nothing.
      if (!consent?.inForce || consent.partyId !== partyId) throw notInForce();
      return disclose(connection, deps, consent);
    });
  });
}

async function disclose(
  connection: Connection,
  { sealer }: AttributesDeps,
  { consentId, personId, partyId, attributes, disclosedVersion }: Disclosure,
): Promise<DisclosedAttributes> {
  const anchor = await readAnchor(connection, sealer, personId, disclosedVersion);
  const sub = await pseudonymOf(connection, personId, partyId);
  if (!anchor || sub === undefined) throw new Error("A disclosed version is not in the registry.");
  await audit(connection, "attributes-disclosed", consentId, { partyId, version: anchor.version });
  return disclosedAttributes.parse({
    sub,
    consentId,
    anchorVersion: anchor.version,
    provenAt: anchor.provenAt.toISOString(),
    attributes: Object.assign({}, ...attributes.map((name) => valuesOf(anchor.attributes, name))),
  });
}

/** An attribute's value, with the flags of its substitute characters where it has them. */
function valuesOf(
  anchor: AnchorAttributes,
  name: Disclosure["attributes"][number],
): Partial<AnchorAttributes> {
  const { nameSubstitution, addressSubstitution } = anchor;
  switch (name) {
    case "name":
      return { name: anchor.name, nameSubstitution };
    case "address":
      return { address: anchor.address, addressSubstitution };
    case "dateOfBirth":
      return { dateOfBirth: anchor.dateOfBirth };
    case "sex":
      return { sex: anchor.sex };
  }
}

const notInForce = () =>
  new Refusal({
    code: "CONSENT_NOT_IN_FORCE",
    detail: "No consent of this id towards this party is in force.",
  });
