import { decodeJwt } from "jose";
import type { Application, Sealed } from "../../protocol/application.ts";
import { type Refused, refuse } from "../../protocol/refusals.ts";
import { audit } from "../../registry/audit/lines.ts";
import { frozenWithoutSuccessor, stoppedOfFirstLine } from "../../registry/certificate/freezes.ts";
import { isStoppedSince, lockStopsOf } from "../../registry/certificate/stops.ts";
import { type Connection } from "../../registry/database.ts";
import { activationCodeMac } from "../../registry/issuance/activations.ts";
import { storeRefusal } from "../../registry/issuance/applications.ts";
import { storeDecisions } from "../../registry/issuance/decisions.ts";
import { activeEnrolments, addEnrolment, isKeyTaken } from "../../registry/issuance/enrolments.ts";
import { type Findings } from "../../registry/issuance/findings.ts";
import { addCard, addPerson, cardReference, findPersonByCard } from "../../registry/recognition/persons.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { ApplyOutcome } from "../../workflows/issuance/contract.ts";
import { pairwisePseudonym } from "./pseudonym.ts";
import { renewAttributeRecord } from "./renewing.ts";

/** Dependencies of admitting an application. */
export interface AdmittingDeps {
  sealer: Sealer;
  recognitionKey: Uint8Array;
  pseudonymKey: Uint8Array;
  activationKey: Uint8Array;
}

/**
 * Admits a verified application, in the transaction that locks its card: recognises the person, creates the enrolment and finds
 * the one it replaces; or stores the refusal.
 */
export async function admit(
  connection: Connection,
  deps: AdmittingDeps,
  found: Findings & { evidenceId: string },
  activation: { code: Buffer; sealedCode: Sealed },
): Promise<ApplyOutcome> {
  const { application, evidenceId } = found;
  const { enrolmentId, party: partyId, app: appId } = application;
  const reference = cardReference(deps.recognitionKey, found.card);
  const known = await findPersonByCard(connection, reference);
  if (known) await lockStopsOf(connection, known);
  const decided =
    (await keyTaken(connection, application)) ?? (await findReplaced(connection, application, known));
  const replaces = (await stoppedMeanwhile(connection, application, known, decided)) ?? decided;
  if (typeof replaces === "object") {
    const { code, detail } = replaces;
    await storeRefusal(connection, enrolmentId, { code, detail });
    await audit(connection, "application-refused", enrolmentId, { code });
    return { kind: "refused", code, detail };
  }
  const personId = known ?? (await addPerson(connection));
  if (!known) await addCard(connection, { reference, personId, foundBy: "first-seen" });
  await renewAttributeRecord(connection, deps.sealer, {
    personId,
    proven: found.card.attributes,
    proof: { source: "card", evidenceId },
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
  await storeDecisions(connection, { id: enrolmentId, personId, partyId }, found.consents);
  const whose = { personId, partyId, key: application.spkiSha256 };
  await audit(connection, "application-accepted", enrolmentId, { evidenceId, ...whose });
  return { kind: "applied" };
}

/** Two parties must never see a common key, nor a new certificate the key of an old one. */
async function keyTaken(
  connection: Connection,
  { enrolmentId, party, spkiSha256 }: Application,
): Promise<Refused | undefined> {
  const taken = await isKeyTaken(connection, { id: enrolmentId, partyId: party, spkiSha256 });
  return taken ? refuse("DEVICE_KEY_REUSED", "The device key is that of another enrolment.") : undefined;
}

/** If the person stopped all phones, or the replaced phone, after this tap, the application is refused too. */
async function stoppedMeanwhile(
  connection: Connection,
  application: Application,
  personId: string | undefined,
  replaces: string | Refused | undefined,
): Promise<Refused | undefined> {
  if (personId === undefined || typeof replaces === "object") return undefined;
  const { iat = 0 } = decodeJwt(application.challenge);
  // `iat` has whole seconds: a card tapped in the rest of that second counts as tapped before the stop.
  const since = new Date(iat * 1_000 + 999);
  const isOver = await isStoppedSince(connection, { personId, replaces, since });
  // The same refusal as for an application stopped after it was accepted: an app learns nothing of the person's other parties.
  return isOver ? refuse("CHALLENGE_EXPIRED", "The application has ended.") : undefined;
}

/**
 * With `replace`: the enrolment to replace. It is found by recognising the person; naming one that is not theirs is refused.
 */
async function findReplaced(
  connection: Connection,
  application: Application,
  personId: string | undefined,
): Promise<string | undefined | Refused> {
  if (application.intent !== "replace") return undefined;
  const { party } = application;
  const active = personId ? (await activeEnrolments(connection, personId, party)).map(({ id }) => id) : [];
  // If the person had stopped a phone that was not theirs, what was bound to it is theirs and is restored by this tap.
  const stopped = personId ? await frozenWithoutSuccessor(connection, personId, party) : [];
  if (application.replaces !== undefined) {
    if ([...active, ...stopped].includes(application.replaces)) return application.replaces;
    return refuse(
      "REPLACE_NOT_YOURS",
      "The named enrolment is not an active one of this person at this party.",
    );
  }
  if (active.length > 1)
    return refuse(
      "REPLACE_AMBIGUOUS",
      `The person has ${active.length} enrolments at this party that could go.`,
    );
  // A person who has lost the phone cannot name it. If several were stopped, for example a thief's too, the earliest counts.
  const own = active[0] ?? (await stoppedOfFirstLine(connection, stopped));
  return own ?? refuse("NOTHING_TO_REPLACE", "No active enrolment of this person at this party was found.");
}
