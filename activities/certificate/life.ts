import { carriedAttributes } from "../../domain/certificate/carried.ts";
import { pendingEnrolmentEvents } from "../../domain/certificate/credential-change.ts";
import { standingOf, takeStep } from "../../domain/certificate/steps.ts";
import { readCertificateLife } from "../../registry/certificate/life.ts";
import { markNotified, type PendingNotice, pendingNotices } from "../../registry/certificate/notices.ts";
import { transaction } from "../../registry/database.ts";
import type { CertificateActivities } from "../../workflows/certificate/contract.ts";
import type { CertificateLifeDeps, CertificatePushes } from "./deps.ts";

/** One certificate's lifecycle: determines the next step, carries it out, and notifies of it. */
export function createLifeActivities(
  deps: CertificateLifeDeps,
): Pick<CertificateActivities, "readCertificate" | "takeCertificateStep" | "tellOfCertificate"> {
  return {
    async readCertificate({ enrolmentId }) {
      const now = deps.clock();
      // Read the certificate first: a step that becomes due between the reads is notified in this turn or the next.
      const life = await readCertificateLife(deps.pool, enrolmentId, carriedAttributes, now);
      const [notices, events] = await Promise.all([
        pendingNotices(deps.pool, enrolmentId, now),
        pendingEnrolmentEvents(deps.pool, enrolmentId, now),
      ]);
      const untold = notices.length + events.length > 0;
      return { ...standingOf(life, deps), untold };
    },

    async takeCertificateStep(due) {
      await transaction(deps.pool, (connection) => takeStep(connection, deps, due));
    },

    async tellOfCertificate({ enrolmentId }) {
      const now = deps.clock();
      for (const notice of await pendingNotices(deps.pool, enrolmentId, now)) {
        await push(deps, notice);
        await markNotified(deps.pool, notice.id, deps.clock());
      }
      for (const jti of await pendingEnrolmentEvents(deps.pool, enrolmentId, now)) await deps.transmit(jti);
    },
  };
}

/** A new-phone notice is for the phone it is addressed to, never for the new one. */
async function push(
  deps: CertificatePushes,
  { kind, enrolmentId, personId, partyId }: PendingNotice,
): Promise<void> {
  if (kind === "new-phone") await deps.pushToPhone(enrolmentId, { type: "new-phone" });
  else await deps.pushToPhones(personId, partyId, { type: "certificate" }, enrolmentId);
}
