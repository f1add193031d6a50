import { type Consent, newestRecordVersion } from "../../registry/consent/consents.ts";
import type { Connection } from "../../registry/database.ts";
import { pendingEventsOf } from "../../registry/notification/consent-events.ts";
import type { ConsentView } from "../../workflows/consent/contract.ts";

/** The row as the workflow sees it, with the current version of the person's attribute record. */
export async function viewOf(connection: Connection, consent: Consent): Promise<ConsentView> {
  const { kind, revision, state, validUntil, remindAt, settledVersion, registerState } = consent;
  const isDisclosure = kind === "disclosure";
  return {
    kind,
    revision,
    state,
    validUntil: validUntil.toISOString(),
    remindAt: remindAt.toISOString(),
    currentVersion: isDisclosure ? await newestRecordVersion(connection, consent.personId) : 0,
    settledVersion: settledVersion ?? 0,
    registerPending: registerState === "pending",
    ...(isDisclosure && (await pendingEventsOf(connection, consent.id)).length > 0
      ? { announcing: true }
      : {}),
  };
}
