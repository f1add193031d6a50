import type { Pool } from "pg";
import { signalStaleCertificatesOf } from "../activities/certificate/signal-stale.ts";
import { signalConsentsOf } from "../activities/consent/signal-person.ts";
import type { Engine } from "../client/engine/engine.ts";

/** Signals, after a new version of a person's attribute record, the consents and the certificates that contain it. */
export function signalChangedRecord({ pool, engine }: { pool: Pool; engine: Engine }) {
  const signalConsents = signalConsentsOf({
    pool,
    signalConsent: (id, version) => engine.consent.signalAnchorRefreshed(id, version),
  });
  const signalCertificates = signalStaleCertificatesOf({
    pool,
    signalCertificate: (enrolmentId) => engine.certificate.reread(enrolmentId),
  });
  return async (personId: string): Promise<void> => {
    await signalConsents(personId);
    await signalCertificates(personId);
  };
}
