import { audit } from "../../registry/audit/lines.ts";
import { type Consent, reviseConsent } from "../../registry/consent/consents.ts";
import type { Connection } from "../../registry/database.ts";
import { cancelAnnouncements } from "./announcing.ts";
import type { ApplyingDeps } from "./deps.ts";
import { showToParties } from "./party-views.ts";

/** Ends a consent whose term is over. At J-LIS the consent expires by its own term. */
export async function expire(connection: Connection, deps: ApplyingDeps, consent: Consent): Promise<Consent> {
  const ended = await reviseConsent(connection, {
    ...consent,
    state: "expired",
    endedAt: consent.validUntil,
    registerState: consent.registerState && "withdrawn",
  });
  await cancelAnnouncements(connection, consent.id);
  await showToParties(connection, deps, ended, { act: "expire" });
  await audit(connection, "consent-expired", consent.id, { revision: ended.revision });
  return ended;
}
