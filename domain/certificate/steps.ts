import { createHash, randomInt } from "node:crypto";
import { audit } from "../../registry/audit/lines.ts";
import { type CertificateLife, readCertificateLife } from "../../registry/certificate/life.ts";
import { addCertificateNotice } from "../../registry/certificate/notices.ts";
import type { Connection } from "../../registry/database.ts";
import { lockEnrolment } from "../../registry/issuance/enrolments.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { CertificateStanding, CertificateStep } from "../../workflows/certificate/contract.ts";
import { carriedAttributes } from "./carried.ts";
import { askWindow, nextStep, staleWindow } from "./next-step.ts";
import { revoke } from "./revoking.ts";

/** Dependencies of the steps of a certificate's lifecycle. */
export interface StepDeps {
  sealer: Sealer;
  clock: () => Date;
  /** Period within which a certificate whose attributes have changed is replaced, before it is revoked. */
  replaceWithinMs: number;
  /** Period within which the person is asked to replace it, at the certificate's own random time. */
  askWithinMs: number;
}

/** Carries out a step that is due, in the caller's transaction; any other step changes nothing. */
export async function takeStep(
  connection: Connection,
  deps: StepDeps,
  { enrolmentId, step }: { enrolmentId: string; step: CertificateStep },
): Promise<void> {
  await lockEnrolment(connection, enrolmentId);
  const life = await readCertificateLife(connection, enrolmentId, carriedAttributes, deps.clock());
  const standing = standingOf(life, deps);
  if (!life || standing.kind === "over") return;
  const { next } = standing;
  if (next.step === step && new Date(next.at) <= deps.clock())
    await take(connection, deps, { enrolmentId, life }, step);
}

/** The next step of a certificate's lifecycle, and its time. */
export const standingOf = (life: CertificateLife | undefined, deps: StepDeps): CertificateStanding =>
  life ? nextStep(life, deps.clock(), deps.replaceWithinMs) : { kind: "over" };

const daysLeftAt: Partial<Record<CertificateStep, number>> = {
  "tell-90-days": 90,
  "tell-30-days": 30,
  "tell-7-days": 7,
};

async function take(
  connection: Connection,
  deps: StepDeps,
  { enrolmentId, life }: { enrolmentId: string; life: CertificateLife },
  step: CertificateStep,
): Promise<void> {
  const daysLeft = daysLeftAt[step];
  if (daysLeft !== undefined)
    await addCertificateNotice(connection, { enrolmentId, kind: "expiring", daysLeft });
  if (step === "ask-replacement") {
    // One change affects the person's certificates at several parties: each question is sent at its own random time.
    const within = askWindow(deps.askWithinMs, deps.replaceWithinMs);
    const later = within > 0 ? { dueAt: new Date(deps.clock().getTime() + randomInt(within)) } : {};
    await addCertificateNotice(connection, { enrolmentId, kind: "replace", ...later });
  }
  if (step === "expire") {
    await addCertificateNotice(connection, { enrolmentId, kind: "expired" });
    await audit(connection, "certificate-expired", enrolmentId);
  }
  if (step === "revoke-stale" && life.staleSince) {
    // The proof of a revocation that nobody requested: the rule applied, and the enrolment.
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
