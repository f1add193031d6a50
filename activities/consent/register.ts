import { ApplicationFailure } from "@temporalio/common";
import { viewOf } from "../../domain/consent/view.ts";
import { decode } from "../../protocol/encoding.ts";
import { audit } from "../../registry/audit/lines.ts";
import { lastTapOf } from "../../registry/consent/changes.ts";
import {
  type Consent,
  endReplacedAtRegister,
  findConsent,
  lockConsent,
  noteRegister,
} from "../../registry/consent/consents.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { findApplication } from "../../registry/issuance/applications.ts";
import { readEvidence } from "../../registry/issuance/evidence.ts";
import { required } from "../../registry/required.ts";
import type { ConsentView } from "../../workflows/consent/contract.ts";
import { JLisBusy, JLisRefusal, type RegisterConsent } from "../j-lis/j-lis.ts";
import type { ConsentDeps } from "./deps.ts";

/**
 * Sends what the card signed to J-LIS and records the result. J-LIS answers the same CMS with the same consent, so an attempt
 * whose answer was lost is repeated.
 * @throws the adapter's errors while J-LIS does not answer
 */
export async function handToRegister(deps: ConsentDeps, consentId: string): Promise<ConsentView> {
  const consent = await findConsent(deps.pool, consentId);
  if (!consent) throw new Error("A consent to be sent to J-LIS is not in the registry.");
  if (consent.state !== "in-force" || consent.registerState !== "pending") return viewOf(deps.pool, consent);
  const tap = await lastTapOf(deps.pool, consentId);
  const cms = tap && (await signedAtTap(deps, tap));
  const answer = cms ? await ask(deps, cms) : "refused";
  return transaction(deps.pool, async (connection) => {
    const row = required(await lockConsent(connection, consentId), "A consent");
    // If the card has signed again since, the later signature counts.
    const isOutdated = (await lastTapOf(connection, consentId)) !== tap;
    if (!isOutdated) await note(connection, row, answer);
    return viewOf(connection, required(await findConsent(connection, consentId), "A consent"));
  });
}

async function signedAtTap(deps: ConsentDeps, enrolmentId: string): Promise<Uint8Array | undefined> {
  const application = await findApplication(deps.pool, enrolmentId);
  const evidence = application && (await readEvidence(deps.pool, deps.sealer, application.evidenceId));
  const signed = evidence?.content.application.registerConsent;
  return signed === undefined ? undefined : decode(signed);
}

/** The reason for a refusal by J-LIS is not stored: it may reveal a card's status (公的個人認証法 §52). */
async function ask({ jlis }: ConsentDeps, cms: Uint8Array): Promise<RegisterConsent | "refused"> {
  try {
    return await jlis.registerConsent(cms);
  } catch (error) {
    if (error instanceof JLisRefusal) return "refused";
    if (!(error instanceof JLisBusy)) throw error;
    throw ApplicationFailure.create({
      type: "JLisBusy",
      message: error.message,
      nextRetryDelay: error.retryAfterMs,
    });
  }
}

/**
 * J-LIS's own term applies if it holds the consent. A withdrawal there before this answer is found by the sweep, like any other
 * withdrawal there.
 */
async function note(
  connection: Connection,
  row: Consent,
  answer: RegisterConsent | "refused",
): Promise<void> {
  const inForce = row.state === "in-force";
  if (answer === "refused") {
    if (row.registerState !== "pending") return;
    const { registerId } = row;
    // An earlier consent at J-LIS stays in force: a refused one does not replace it.
    await noteRegister(connection, row.id, { registerId, registerState: registerId ? "held" : "refused" });
  } else {
    await noteRegister(connection, row.id, {
      registerId: answer.id,
      registerState: inForce ? "held" : "withdrawal-pending",
      ...(inForce ? { validUntil: new Date(answer.validUntil) } : {}),
    });
    await endReplacedAtRegister(connection, row);
  }
  await audit(connection, "consent-handed-to-register", row.id, { held: answer !== "refused" });
}
