import { randomBytes } from "node:crypto";
import { makeOcspRequest, readOcspResponse } from "../../pki/card-verification/ocsp.ts";
import { type Refused, refuse } from "../../protocol/refusals.ts";
import { claimChallenge, storeRefusal } from "../../registry/applications.ts";
import { audit } from "../../registry/audit.ts";
import { transaction } from "../../registry/database.ts";
import { storeStatusAnswer } from "../../registry/evidence.ts";
import { storeFindings } from "../../registry/findings.ts";
import { cardReference, findPersonByCard } from "../../registry/persons.ts";
import type { IssuanceActivities, IssuanceRefusal } from "../../workflows/issuance/contract.ts";
import { type JLis, JLisUnavailable } from "../j-lis/j-lis.ts";
import { type EvidenceReader, type ExaminedEvidence, examineEvidence } from "./evidence.ts";

/** OCSP answers of JPKI are renewed every 15 minutes; twice that is the oldest we take. */
const maxStatusAgeSeconds = 30 * 60;

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
        card: { ...card, attributes: JSON.stringify(examined.card.attributes) },
        consents: examined.consents,
        registerConsent: examined.registerConsent,
      });
      const known = await findPersonByCard(deps.pool, cardReference(deps.recognitionKey, card));
      return { kind: "verified", askLinkage: known === undefined && examined.registerConsent };
    },
  };
}

/** The issuer's word on the certificate, kept with the evidence. No answer is no verdict: it throws, to be retried. */
async function checkStatus(
  deps: CardVerificationDeps,
  examined: ExaminedEvidence,
): Promise<Refused | undefined> {
  const { card, anchor, evidence } = examined;
  const nonce = randomBytes(32);
  const answer = await deps.jlis.askStatus(makeOcspRequest(card, anchor, nonce));
  const status = readOcspResponse(answer, {
    card,
    anchor,
    nonce,
    at: deps.clock(),
    maxAgeSeconds: maxStatusAgeSeconds,
  });
  if (!status.ok) throw new JLisUnavailable(`The status answer cannot be used: ${status.detail}`);
  await storeStatusAnswer(deps.pool, deps.sealer, evidence, answer);
  switch (status.status) {
    case "good":
      return undefined;
    case "revoked":
      return refuse("CERTIFICATE_REVOKED", "The issuer says that the certificate is revoked.");
    case "onHold":
      return refuse("CERTIFICATE_ON_HOLD", "The issuer says that the certificate is on hold.");
    case "unknown":
      return refuse("CERTIFICATE_STATUS_UNKNOWN", "The issuer says that it does not know the certificate.");
  }
}

const toOutcome = ({ code, detail }: Pick<Refused, "code" | "detail">): IssuanceRefusal => ({
  kind: "refused",
  code,
  detail,
});
