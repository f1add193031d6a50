import { randomBytes } from "node:crypto";
import { activationCodeBytes } from "../../protocol/activation.ts";
import { decode } from "../../protocol/encoding.ts";
import { type Refused, refuse } from "../../protocol/refusals.ts";
import { codeContext, seal } from "../../protocol/sealing.ts";
import { activationCodeMac } from "../../registry/activations.ts";
import { storeRefusal } from "../../registry/applications.ts";
import { audit } from "../../registry/audit.ts";
import { storeConsents } from "../../registry/consents.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { activeEnrolments, addEnrolment, findEnrolment } from "../../registry/enrolments.ts";
import {
  addCard,
  addPerson,
  findPersonByCard,
  findPersonByCards,
  lockCard,
  renewAnchor,
} from "../../registry/persons.ts";
import { keyedHash } from "../../registry/sealing.ts";
import type { ApplyOutcome, IssuanceActivities } from "../../workflows/issuance/contract.ts";
import {
  cardReference,
  type EvidenceReader,
  type ExaminedEvidence,
  examineEvidence,
} from "../card-verification/evidence.ts";
import type { JLis } from "../j-lis/j-lis.ts";
import { pairwisePseudonym } from "./pseudonym.ts";

export interface RecognitionDeps extends EvidenceReader {
  jlis: JLis;
  pseudonymKey: Uint8Array;
  activationKey: Uint8Array;
}

/** Recognition: who the person is, which enrolment this is, and the activation code. */
export function createRecognitionActivities(
  deps: RecognitionDeps,
): Pick<IssuanceActivities, "linkCard" | "admit"> {
  return {
    async linkCard({ evidenceId }) {
      const examined = await examineEvidence(deps, evidenceId);
      if (!examined.ok || !examined.registerConsent) return;
      const earlier = await deps.jlis.predecessors({
        issuerKeyId: examined.anchor.keyId,
        serial: examined.card.serial,
      });
      const references = earlier.map(({ issuerKeyId, serial }) =>
        cardReference(deps.recognitionKey, issuerKeyId, serial),
      );
      await transaction(deps.pool, async (connection) => {
        await lockCard(connection, examined.cardReference);
        const personId = await findPersonByCards(connection, references);
        if (personId)
          await addCard(connection, { reference: examined.cardReference, personId, foundBy: "linkage" });
      });
    },

    async admit({ evidenceId }): Promise<ApplyOutcome> {
      const examined = await examineEvidence(deps, evidenceId);
      if (!examined.ok) return { kind: "refused", code: examined.code, detail: examined.detail };
      const code = randomBytes(activationCodeBytes);
      const sealedCode = await seal(
        decode(examined.application.ecdhKey),
        new Uint8Array(code),
        codeContext(examined.applicationSha256),
      );
      return transaction(deps.pool, async (connection) => {
        await lockCard(connection, examined.cardReference);
        // An earlier attempt may have committed: its code is the one that counts, this one was never seen.
        if (await findEnrolment(connection, examined.application.enrolmentId)) return { kind: "applied" };
        return admitIn(connection, deps, examined, { code, sealedCode });
      });
    },
  };
}

async function admitIn(
  connection: Connection,
  deps: RecognitionDeps,
  examined: ExaminedEvidence,
  activation: { code: Buffer; sealedCode: Awaited<ReturnType<typeof seal>> },
): Promise<ApplyOutcome> {
  const { application, evidence, cardReference: reference } = examined;
  const { enrolmentId, party: partyId, app: appId } = application;
  const known = await findPersonByCard(connection, reference);
  const replaces = await findReplaced(connection, examined, known);
  if (typeof replaces === "object") {
    const { code, detail } = replaces;
    await storeRefusal(connection, enrolmentId, { code, detail });
    await audit(connection, "application-refused", enrolmentId, { code });
    return { kind: "refused", code, detail };
  }
  const personId = known ?? (await addPerson(connection));
  if (!known) await addCard(connection, { reference, personId, foundBy: "first-seen" });
  const attributes = Buffer.from(JSON.stringify(examined.card.attributes));
  await renewAnchor(connection, {
    personId,
    attributes: (version) => deps.sealer.seal(attributes, `anchors/${personId}/${version}`),
    attributesMac: keyedHash(deps.recognitionKey, "attributes", attributes),
    evidenceId: evidence.id,
  });
  const pseudonym = pairwisePseudonym(deps.pseudonymKey, personId, partyId);
  await addEnrolment(connection, {
    id: enrolmentId,
    personId,
    partyId,
    appId,
    pseudonym,
    spkiSha256: application.spkiSha256,
    state: "applied",
    codeMac: activationCodeMac(deps.activationKey, enrolmentId, activation.code),
    sealedCode: activation.sealedCode,
    ...(replaces === undefined ? {} : { replaces }),
    ...(application.binding === undefined ? {} : { binding: application.binding }),
  });
  await storeConsents(connection, { id: enrolmentId, personId, partyId }, examined.consents);
  await audit(connection, "application-accepted", enrolmentId, { evidenceId: evidence.id });
  return { kind: "applied" };
}

/** With `replace`: which enrolment goes. Found by recognising the person; naming one that is not theirs is refused. */
async function findReplaced(
  connection: Connection,
  { application }: ExaminedEvidence,
  personId: string | undefined,
): Promise<string | undefined | Refused> {
  if (application.intent !== "replace") return undefined;
  const own = personId ? await activeEnrolments(connection, personId, application.party) : [];
  if (application.replaces !== undefined) {
    if (own.some(({ id }) => id === application.replaces)) return application.replaces;
    return refuse(
      "REPLACE_NOT_YOURS",
      "The named enrolment is not an active one of this person at this party.",
    );
  }
  if (own.length > 1)
    return refuse("REPLACE_AMBIGUOUS", `The person has ${own.length} active enrolments at this party.`);
  return (
    own[0]?.id ?? refuse("NOTHING_TO_REPLACE", "No active enrolment of this person at this party was found.")
  );
}
