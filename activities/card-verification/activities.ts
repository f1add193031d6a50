import { type Refused, refuse } from "../../protocol/refusals.ts";
import { recordAttributes } from "../../registry/attribute-record/records.ts";
import { audit } from "../../registry/audit/lines.ts";
import { transaction } from "../../registry/database.ts";
import { claimChallenge, storeRefusal } from "../../registry/issuance/applications.ts";
import { storeStatusAnswer } from "../../registry/issuance/evidence.ts";
import { storeFindings } from "../../registry/issuance/findings.ts";
import { cardReference, findPersonByCard } from "../../registry/recognition/persons.ts";
import type { IssuanceActivities, IssuanceRefusal } from "../../workflows/issuance/contract.ts";
import type { JLis } from "../j-lis/j-lis.ts";
import { askIssuer } from "./ask-issuer.ts";
import { type EvidenceReader, type ExaminedEvidence, examineEvidence } from "./evidence.ts";

export interface CardVerificationDeps extends EvidenceReader {
  jlis: JLis;
  recognitionKey: Uint8Array;
  clock: () => Date;
}

/** Card verification: the authority on whether an application may be accepted. */
export function createCardVerificationActivities(
  deps: CardVerificationDeps,
): Pick<IssuanceActivities, "verifyCard"> {
  return {
    async verifyCard({ evidenceId }) {
      const examined = await examineEvidence(deps, evidenceId);
      if (!examined.ok) return toOutcome(examined);
      const { enrolmentId } = examined.evidence;

      const claim = await claimChallenge(deps.pool, enrolmentId, evidenceId);
      if (claim.evidenceId !== evidenceId) {
        return toOutcome(refuse("APPLICATION_CONFLICT", "Another application claimed this challenge first."));
      }
      const refusal = (claim.refusal as Refused | undefined) ?? (await checkStatus(deps, examined));
      if (refusal) {
        await transaction(deps.pool, async (connection) => {
          await storeRefusal(connection, enrolmentId, { code: refusal.code, detail: refusal.detail });
          await audit(connection, "application-refused", enrolmentId, { code: refusal.code });
        });
        return toOutcome(refusal);
      }
      const card = { issuerKeyId: examined.anchor.keyId, serial: examined.card.serial };
      await storeFindings(deps.pool, deps.sealer, evidenceId, {
        application: examined.application,
        applicationSha256: examined.applicationSha256,
        card: { ...card, attributes: recordAttributes.parse(examined.card.attributes) },
        consents: examined.consents,
        registerConsent: examined.registerConsent,
      });
      const known = await findPersonByCard(deps.pool, cardReference(deps.recognitionKey, card));
      return { kind: "verified", askLinkage: known === undefined && examined.registerConsent };
    },
  };
}

/** The issuer's status answer on the certificate, stored with the evidence. */
async function checkStatus(
  deps: CardVerificationDeps,
  examined: ExaminedEvidence,
): Promise<Refused | undefined> {
  const { answer, refusal } = await askIssuer(deps, examined);
  await storeStatusAnswer(deps.pool, deps.sealer, examined.evidence, answer);
  return refusal;
}

const toOutcome = ({ code, detail }: Pick<Refused, "code" | "detail">): IssuanceRefusal => ({
  kind: "refused",
  code,
  detail,
});
