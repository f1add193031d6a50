import { ApplicationFailure } from "@temporalio/common";
import { isInForce } from "../../domain/consent/in-force.ts";
import { renewAttributeRecord } from "../../domain/recognition/renewing.ts";
import { audit } from "../../registry/audit/lines.ts";
import {
  type CardRevocation,
  findCardRevocation,
  hasNewerCard,
  moveRevocation,
} from "../../registry/change-detection/card-revocations.ts";
import { findRegisterConsent } from "../../registry/consent/consents.ts";
import { transaction } from "../../registry/database.ts";
import { addCard, cardReference, lockCard } from "../../registry/recognition/persons.ts";
import {
  type RefreshActivities,
  type RefreshOutcome,
  refreshFailures,
} from "../../workflows/change-detection/contract.ts";
import { JLisBusy, JLisRefusal, JLisUnavailable, type LatestAttributes } from "../j-lis/j-lis.ts";
import type { ChangeDetectionDeps } from "./deps.ts";

/** J-LIS refusals that mean there is nothing yet, and those that mean there will be nothing. */
const notYet = ["NOT_SYNCED_YET", "LATEST_CERTIFICATE_NOT_EXISTS"];
const neverMore = ["CONTENT_NOT_EXISTS", "NOT_CONSENTED", "CONSENT_EXPIRED", "CONSENT_REVOKED"];

/** Waits for one person's new certificate, and updates the attribute record from it. */
export function createRefreshActivities(deps: ChangeDetectionDeps): RefreshActivities {
  return {
    async classifyHit({ hitId }) {
      const revocation = await revocationOf(deps, hitId);
      const kind = await classify(deps, revocation);
      if (kind === "operator") await moveRevocation(deps.pool, hitId, "operator");
      if (kind === "nothing") await moveRevocation(deps.pool, hitId, "settled", "nothing-to-ask");
      return { kind };
    },

    async refreshAnchor({ hitId, mode }) {
      const revocation = await revocationOf(deps, hitId);
      if (revocation.state === "settled") return { changed: false };
      const consent = await findRegisterConsent(deps.pool, revocation.personId);
      if (!consent || !isInForce(consent, deps.clock()) || consent.registerId === null)
        return settle(deps, revocation, "no-consent");
      try {
        if (mode === "link") return await link(deps, revocation);
        const { registerId: consentId, attributes: items } = consent;
        const { certificate } = revocation;
        return await take(
          deps,
          revocation,
          await deps.jlis.latestAttributes({ consentId, certificate, items }),
        );
      } catch (error) {
        return afterRefusal(deps, revocation, error);
      }
    },

    tellConsents: ({ subjectId }) => deps.signalChangedRecord(subjectId),
  };
}

async function revocationOf({ pool, sealer }: ChangeDetectionDeps, hitId: string): Promise<CardRevocation> {
  const revocation = await findCardRevocation(pool, sealer, hitId);
  if (!revocation)
    throw new Error(
      "A card revocation is not in the registry; was the database restored to an earlier time?",
    );
  return revocation;
}

/** The table of reasons (docs/explanation/the-move.md). If a tap has shown a newer card, J-LIS is not asked. */
async function classify({ pool }: ChangeDetectionDeps, revocation: CardRevocation) {
  if (revocation.state === "settled") return "nothing";
  if (await hasNewerCard(pool, revocation.personId, revocation.reference)) return "nothing";
  switch (revocation.reason) {
    case "affiliationChanged":
    case "unspecified":
      return "fetch";
    case "superseded":
      return "link";
    default:
      return "operator";
  }
}

async function link(deps: ChangeDetectionDeps, revocation: CardRevocation): Promise<RefreshOutcome> {
  const successor = await deps.jlis.successor(revocation.certificate);
  if (!successor) throw later(deps.durations.newCertificatePollMs);
  const reference = cardReference(deps.recognitionKey, successor);
  await transaction(deps.pool, async (connection) => {
    await lockCard(connection, reference);
    await addCard(connection, { reference, personId: revocation.personId, foundBy: "linkage" });
    await moveRevocation(connection, revocation.id, "settled", "linked");
    await audit(connection, "card-linked", revocation.personId, { hitId: revocation.id });
  });
  return { changed: false };
}

async function take(
  deps: ChangeDetectionDeps,
  revocation: CardRevocation,
  { certificate, attributes }: LatestAttributes,
): Promise<RefreshOutcome> {
  const reference = cardReference(deps.recognitionKey, certificate);
  const { isNewVersion, version } = await transaction(deps.pool, async (connection) => {
    await lockCard(connection, reference);
    await addCard(connection, { reference, personId: revocation.personId, foundBy: "linkage" });
    const renewed = await renewAttributeRecord(connection, deps.sealer, {
      personId: revocation.personId,
      proven: attributes,
      proof: { source: "j-lis", answer: Buffer.from(JSON.stringify({ certificate, attributes })) },
    });
    await moveRevocation(
      connection,
      revocation.id,
      "settled",
      renewed.isNewVersion ? "changed" : "unchanged",
    );
    await audit(connection, "anchor-refreshed", revocation.personId, {
      hitId: revocation.id,
      version: renewed.version,
      changed: renewed.changed.length,
    });
    return renewed;
  });
  return { version, changed: isNewVersion };
}

/** The reason for a refusal by J-LIS is not passed on: it may reveal a card's status (公的個人認証法 §52). */
async function afterRefusal(
  deps: ChangeDetectionDeps,
  revocation: CardRevocation,
  error: unknown,
): Promise<RefreshOutcome> {
  if (error instanceof JLisBusy) throw later(error.retryAfterMs);
  if (error instanceof JLisUnavailable) throw later(deps.durations.registerRetryMs, "J-LIS does not answer.");
  if (!(error instanceof JLisRefusal)) throw error;
  if (notYet.includes(error.code)) throw later(deps.durations.newCertificatePollMs);
  if (neverMore.includes(error.code)) return settle(deps, revocation, "nothing-new");
  await moveRevocation(deps.pool, revocation.id, "operator");
  return { changed: false };
}

async function settle(
  { pool }: ChangeDetectionDeps,
  revocation: CardRevocation,
  outcome: string,
): Promise<RefreshOutcome> {
  await moveRevocation(pool, revocation.id, "settled", outcome);
  return { changed: false };
}

/** Retried by the activity's own retry policy, after a delay with 20 % jitter. */
function later(delayMs: number, message = "There is no new certificate yet."): ApplicationFailure {
  const spread = 0.9 + Math.random() * 0.2;
  return ApplicationFailure.create({
    type: refreshFailures.notSyncedYet,
    message,
    nextRetryDelay: Math.max(1, Math.round(delayMs * spread)),
  });
}
