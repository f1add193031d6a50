import { randomUUID } from "node:crypto";
import { attributesChanged, eventTypes } from "../../protocol/events.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { newestPlace } from "../../registry/attribute-record/writings.ts";
import { audit } from "../../registry/audit/lines.ts";
import type { Consent } from "../../registry/consent/consents.ts";
import { giveWritings, hadDisclosure, lockDisclosure } from "../../registry/consent/disclosures.ts";
import type { Connection } from "../../registry/database.ts";
import { pseudonymOf } from "../../registry/issuance/enrolments.ts";
import { cancelEventsOf } from "../../registry/notification/consent-events.ts";
import { openAttributesOf } from "../../registry/notification/notifications.ts";
import { addSecurityEvent } from "../../registry/notification/security-events.ts";
import { required } from "../../registry/required.ts";
import type { ApplyingDeps } from "./deps.ts";

/**
 * A disclosure extended to further attributes discloses their current values, as a first grant does, and the party is notified,
 * because it may have an older value. An attribute that the person is being asked about stays open. The caller holds the lock
 * of the consent's row.
 */
export async function announceWidening(
  connection: Connection,
  deps: ApplyingDeps,
  before: Consent,
  consent: Consent,
): Promise<void> {
  if (consent.kind !== "disclosure") return;
  const asked = await openAttributesOf(connection, consent.id, deps.clock());
  const isGiven = (name: AttributeName) => !before.attributes.includes(name) && !asked.includes(name);
  const added = consent.attributes.filter(isGiven);
  if (added.length === 0) return;
  const disclosure = await lockDisclosure(connection, consent.id, "update", deps.clock());
  const { given } = required(disclosure, "A consent");
  const place = required(await newestPlace(connection, consent.personId), "A person's attribute record");
  const kept = { ...given.kept, ...Object.fromEntries(added.map((name) => [name, place])) };
  await giveWritings(connection, consent.id, { ...given, kept });
  await announce(connection, deps, consent, added);
}

/**
 * A disclosure to a party that had an earlier disclosure of this person: it has the values of that time, under another consent
 * id.
 */
export async function announceGrant(
  connection: Connection,
  deps: ApplyingDeps,
  consent: Consent,
): Promise<void> {
  if (consent.kind !== "disclosure" || !(await hadDisclosure(connection, consent))) return;
  await announce(connection, deps, consent, consent.attributes);
}

/** Cancels the undelivered events of an ended consent: all, or one. */
export async function cancelAnnouncements(
  connection: Connection,
  consentId: string,
  jti?: string,
): Promise<void> {
  for (const cancelled of await cancelEventsOf(connection, consentId, jti))
    await audit(connection, "delivery-cancelled", cancelled);
}

async function announce(
  connection: Connection,
  { publicUrl }: ApplyingDeps,
  { id: consentId, personId, partyId, disclosedVersion }: Consent,
  attributes: AttributeName[],
): Promise<void> {
  const party = required(partyId, "The party of a disclosure");
  await addSecurityEvent(connection, {
    jti: randomUUID(),
    partyId: party,
    event: eventTypes.attributesChanged,
    subject: required(await pseudonymOf(connection, personId, party), "The person's enrolment at a party"),
    consentId,
    claims: attributesChanged.parse({
      consent_id: consentId,
      anchor_version: disclosedVersion,
      attributes,
      attributes_uri: `${publicUrl}/v1/attributes?consent=${consentId}`,
    }),
  });
}
