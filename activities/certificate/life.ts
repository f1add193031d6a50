import { createHash } from "node:crypto";
import { nextStep, staleWindow } from "../../domain/certificate/next-step.ts";
import { revoke } from "../../domain/certificate/revoking.ts";
import { audit } from "../../registry/audit/lines.ts";
import { pendingCredentialChanges } from "../../registry/certificate/credential-change.ts";
import { type CertificateLife, readCertificateLife } from "../../registry/certificate/life.ts";
import {
  addCertificateNotice,
  markTold,
  type UntoldNotice,
  untoldNotices,
} from "../../registry/certificate/notices.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { lockEnrolment } from "../../registry/issuance/enrolments.ts";
import type {
  CertificateActivities,
  CertificateStanding,
  CertificateStep,
} from "../../workflows/certificate/contract.ts";
import type { CertificateDeps } from "./deps.ts";

/** One certificate's life: what comes next, doing it, and telling of it. */
export function createLifeActivities(
  deps: CertificateDeps,
): Pick<CertificateActivities, "readCertificate" | "takeCertificateStep" | "tellOfCertificate"> {
  return {
    async readCertificate({ enrolmentId }) {
      const now = deps.clock();
      // The life first: what falls due between the reads is told in this turn, or the next.
      const life = await readCertificateLife(deps.pool, enrolmentId, now);
      const [notices, events] = await Promise.all([
        untoldNotices(deps.pool, enrolmentId, now),
        pendingCredentialChanges(deps.pool, enrolmentId, now),
      ]);
      const untold = notices.length + events.length > 0;
      return { ...standingOf(life, deps), untold };
    },

    async takeCertificateStep({ enrolmentId, step }) {
      await transaction(deps.pool, async (connection) => {
        await lockEnrolment(connection, enrolmentId);
        const life = await readCertificateLife(connection, enrolmentId, deps.clock());
        const standing = standingOf(life, deps);
        if (!life || standing.kind === "over") return;
        const { next } = standing;
        if (next.step === step && new Date(next.at) <= deps.clock())
          await take(connection, deps, { enrolmentId, life }, step);
      });
    },

    async tellOfCertificate({ enrolmentId }) {
      const now = deps.clock();
      for (const notice of await untoldNotices(deps.pool, enrolmentId, now)) {
        await push(deps, notice);
        await markTold(deps.pool, notice.id, deps.clock());
      }
      for (const jti of await pendingCredentialChanges(deps.pool, enrolmentId, now)) await deps.transmit(jti);
    },
  };
}

/** A notice of a new phone is for the phone it is addressed to, and never for the new one. */
async function push(
  deps: CertificateDeps,
  { kind, enrolmentId, personId, partyId }: UntoldNotice,
): Promise<void> {
  if (kind === "new-phone") await deps.pushToPhone(enrolmentId, { type: "new-phone" });
  else await deps.pushToPhones(personId, partyId, { type: "certificate" }, enrolmentId);
}

const standingOf = (life: CertificateLife | undefined, deps: CertificateDeps): CertificateStanding =>
  life ? nextStep(life, deps.clock(), deps.replaceWithinMs) : { kind: "over" };

const daysLeftAt: Partial<Record<CertificateStep, number>> = {
  "tell-90-days": 90,
  "tell-30-days": 30,
  "tell-7-days": 7,
};

async function take(
  connection: Connection,
  deps: CertificateDeps,
  { enrolmentId, life }: { enrolmentId: string; life: CertificateLife },
  step: CertificateStep,
): Promise<void> {
  const daysLeft = daysLeftAt[step];
  if (daysLeft !== undefined)
    await addCertificateNotice(connection, { enrolmentId, kind: "expiring", daysLeft });
  if (step === "ask-replacement") await addCertificateNotice(connection, { enrolmentId, kind: "replace" });
  if (step === "expire") {
    await addCertificateNotice(connection, { enrolmentId, kind: "expired" });
    await audit(connection, "certificate-expired", enrolmentId);
  }
  if (step === "revoke-stale" && life.staleSince) {
    // The record that stands for a proof where nobody asked: which rule was followed, and for which enrolment.
    const proof = JSON.stringify({ rule: "attributes-changed", enrolmentId });
    await revoke(connection, deps.sealer, {
      target: { enrolmentId },
      reason: "affiliationChanged",
      by: "engine",
      proof,
      digest: createHash("sha256").update(proof).digest("base64url"),
      windowMs: staleWindow(life.staleSince, deps.clock(), deps.replaceWithinMs),
    });
  }
}
