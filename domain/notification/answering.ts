import { randomUUID } from "node:crypto";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import { attributesChanged, eventTypes } from "../../protocol/events.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import type { GivenWritings } from "../../registry/attribute-record/given-writings.ts";
import { audit } from "../../registry/audit/lines.ts";
import { hasGoodCertificate } from "../../registry/certificate/certificates.ts";
import { type Disclosure, lockDisclosure, settleDisclosure } from "../../registry/consent/disclosures.ts";
import type { Connection } from "../../registry/database.ts";
import { type Enrolment, lockEnrolment } from "../../registry/issuance/enrolments.ts";
import { decideAnswer, readAnswer, type StoredAnswer } from "../../registry/notification/answers.ts";
import {
  findNotification,
  lockNotification,
  type NotificationRow,
  settleNotification,
} from "../../registry/notification/notifications.ts";
import { addSecurityEvent } from "../../registry/notification/security-events.ts";
import { required } from "../../registry/required.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { AnswerOutcome, NotificationRefusal } from "../../workflows/notification/contract.ts";
import { isLater } from "../consent/given.ts";
import { readShown, stillConsented } from "./shown-change.ts";

/** Dependencies of the decision on an answer. */
export interface AnsweringDeps {
  sealer: Sealer;
  clock: () => Date;
  /** The gateway's own URL, where a party fetches the values; without a trailing slash. */
  publicUrl: string;
}

/**
 * Decides on the person's answer, in the transaction that checks consent, device and what was shown. Locks in the order of
 * every transaction about a notification: consent, notification, dependent rows.
 */
export async function answerNotification(
  connection: Connection,
  deps: AnsweringDeps,
  answerId: string,
): Promise<AnswerOutcome> {
  const given = await readAnswer(connection, answerId);
  if (!given) throw new Error("The answer to be decided on is not in the registry.");
  const { consentId } = required(await findNotification(connection, given.notificationId), "A notification");
  const consent = await lockDisclosure(connection, consentId, "update", deps.clock());
  const notification = required(await lockNotification(connection, given.notificationId), "A notification");
  // Read again under the lock: an earlier attempt, or a concurrent copy of the message, may have been decided on.
  const { outcome } = required(await readAnswer(connection, given.id), "An answer");
  if (outcome) return outcomeOf(outcome);

  const enrolment = await lockEnrolment(connection, given.enrolmentId);
  const refusal = await refusalOf(connection, deps, { given, consent, notification, enrolment });
  if (refusal) {
    await decideAnswer(connection, given.id, refusal);
    return refused(refusal);
  }
  const state = given.decision === "confirm" ? "confirmed" : "declined";
  await settleNotification(connection, notification.id, {
    state,
    answerId: given.id,
    answeredBy: given.enrolmentId,
    answeredAt: deps.clock(),
  });
  const disclosed = state === "confirmed" ? pressed(notification, required(consent, "A consent")) : undefined;
  await settleDisclosure(connection, consentId, notification.version, disclosed);
  if (state === "confirmed") {
    const { pseudonym } = required(enrolment, "The enrolment that answered");
    const attributes = stillConsented(notification, required(consent, "A consent").attributes);
    await addEvent(connection, deps, { ...notification, attributes }, pseudonym);
  }
  await audit(connection, "notification-answered", notification.id, {
    state,
    enrolmentId: given.enrolmentId,
    consentId,
  });
  await decideAnswer(connection, given.id, state);
  return { kind: state };
}

/**
 * What the party has after a confirmation: this version, and attributes of a later version that it was given in the meantime.
 */
function pressed({ version, writing }: NotificationRow, { given }: Disclosure): GivenWritings {
  const later = Object.entries(given.kept).filter(([, place]) => isLater(place, { version, writing }));
  return { version, writing, kept: Object.fromEntries(later) };
}

/** Why an answer is refused; `undefined` if it is accepted. */
async function refusalOf(
  connection: Connection,
  deps: AnsweringDeps,
  about: {
    given: StoredAnswer;
    consent: Disclosure | undefined;
    notification: NotificationRow;
    enrolment: Enrolment | undefined;
  },
): Promise<RefusalCode | undefined> {
  const { given, consent, notification, enrolment } = about;
  const isTheirs =
    enrolment?.state === "active" &&
    enrolment.personId === notification.personId &&
    enrolment.partyId === notification.partyId &&
    (await hasGoodCertificate(connection, enrolment.id, deps.clock()));
  if (!isTheirs) return "MESSAGE_UNTRUSTED";
  if (!consent?.inForce) return "CONSENT_NOT_IN_FORCE";
  if (notification.state !== "open" || notification.expiresAt <= deps.clock()) return "NOTIFICATION_CLOSED";
  const shown = await readShown(connection, deps.sealer, notification, consent.attributes);
  return shown !== undefined && (await sha256(utf8(shown))) === given.shownSha256
    ? undefined
    : "SHOWN_MISMATCH";
}

/** The event has ids and names of attributes; the party fetches the values. */
async function addEvent(
  connection: Connection,
  deps: AnsweringDeps,
  notification: NotificationRow,
  subject: string,
): Promise<void> {
  const { consentId, version, partyId } = notification;
  await addSecurityEvent(connection, {
    jti: randomUUID(),
    partyId,
    event: eventTypes.attributesChanged,
    subject,
    notificationId: notification.id,
    claims: attributesChanged.parse({
      consent_id: consentId,
      anchor_version: version,
      attributes: notification.attributes,
      attributes_uri: `${deps.publicUrl}/v1/attributes?consent=${consentId}`,
    }),
  });
}

const details: Partial<Record<RefusalCode, string>> = {
  MESSAGE_UNTRUSTED: "The device that signed has no active enrolment of this person at this party.",
  CONSENT_NOT_IN_FORCE: "The consent under which the party would be notified of this change is not in force.",
  NOTIFICATION_CLOSED: "The change was answered, has expired, or was superseded by a newer one.",
  SHOWN_MISMATCH: "The signed digest is not that of the current text in the registry.",
};

const refused = (code: RefusalCode): NotificationRefusal => ({
  kind: "refused",
  code,
  detail: details[code] ?? code,
});

const outcomeOf = (outcome: NonNullable<StoredAnswer["outcome"]>): AnswerOutcome =>
  outcome === "confirmed" || outcome === "declined" ? { kind: outcome } : refused(outcome);
