import { randomBytes } from "node:crypto";
import type { Pool } from "pg";
import { type AdmittingDeps, admit } from "../../domain/recognition/admitting.ts";
import { activationCodeBytes } from "../../protocol/activation.ts";
import { decode } from "../../protocol/encoding.ts";
import { codeContext, seal } from "../../protocol/sealing.ts";
import { transaction } from "../../registry/database.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import { readFindings } from "../../registry/issuance/findings.ts";
import { addCard, cardReference, findPersonByCards, lockCard } from "../../registry/recognition/persons.ts";
import type { ApplyOutcome, IssuanceActivities } from "../../workflows/issuance/contract.ts";
import type { CertificateReference, JLis } from "../j-lis/j-lis.ts";

export interface RecognitionDeps extends AdmittingDeps {
  pool: Pool;
  jlis: JLis;
}

/** Recognition: identifies the person and the enrolment, and creates the activation code. */
export function createRecognitionActivities(
  deps: RecognitionDeps,
): Pick<IssuanceActivities, "linkCard" | "admit"> {
  const referenceOf = (certificate: CertificateReference) => cardReference(deps.recognitionKey, certificate);
  return {
    async linkCard({ evidenceId }) {
      const found = await readFindings(deps.pool, deps.sealer, evidenceId);
      if (!found?.registerConsent) return;
      const { issuerKeyId, serial } = found.card;
      const earlier = await deps.jlis.predecessors({ issuerKeyId, serial });
      const reference = referenceOf(found.card);
      await transaction(deps.pool, async (connection) => {
        await lockCard(connection, reference);
        const personId = await findPersonByCards(connection, earlier.map(referenceOf));
        if (personId) await addCard(connection, { reference, personId, foundBy: "linkage" });
      });
    },

    async admit({ evidenceId }): Promise<ApplyOutcome> {
      const found = await readFindings(deps.pool, deps.sealer, evidenceId);
      if (!found) throw new Error("An application is to be admitted that was never verified.");
      const code = randomBytes(activationCodeBytes);
      const sealedCode = await seal(
        decode(found.application.ecdhKey),
        new Uint8Array(code),
        codeContext(found.applicationSha256),
      );
      return transaction(deps.pool, async (connection) => {
        await lockCard(connection, referenceOf(found.card));
        // An earlier attempt may have committed: its code is valid, and this one was never delivered.
        if (await findEnrolment(connection, found.application.enrolmentId)) return { kind: "applied" };
        return admit(connection, deps, { ...found, evidenceId }, { code, sealedCode });
      });
    },
  };
}
