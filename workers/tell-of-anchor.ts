import type { Pool } from "pg";
import { rouseStaleCertificatesOf } from "../activities/certificate/anchor-moved.ts";
import { signalConsentsOf } from "../activities/consent/signal-person.ts";
import type { Operator } from "../client/engine/engine.ts";

/** What a new version of a person's anchor sets going: parties are told by consent, certificates that carry it replaced. */
export function tellOfAnchor({ pool, operator }: { pool: Pool; operator: Operator }) {
  const signalConsents = signalConsentsOf({
    pool,
    signalConsent: (id, version) => operator.consent.signalAnchorRefreshed(id, version),
  });
  const rouseCertificates = rouseStaleCertificatesOf({
    pool,
    rouse: (enrolmentId) => operator.certificate.reread(enrolmentId),
  });
  return async (personId: string): Promise<void> => {
    await signalConsents(personId);
    await rouseCertificates(personId);
  };
}
