import * as z from "zod";
import { consentKind } from "./consent.ts";
import { base64urlExactly, digest, p256Point } from "./encoding.ts";
import { labels } from "./labels.ts";
import { linkRequestState, linkTerms } from "./link.ts";
import { cursor } from "./list-page.ts";
import { attributeName, bilingual, enrolmentId, registeredName } from "./names.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/** How a phone is reached: a W3C push subscription, as `PushSubscription.toJSON()` gives it, or a platform's token. */
export const pushAddress = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("web").default("web"),
    /** Windows' push service gives more than 600 characters. */
    endpoint: z.url().max(2_048),
    /** Not kept: of a subscription that has ended the push service reports by itself. */
    expirationTime: z.number().nullable().optional(),
    /** RFC 8291 §2: the phone's public key, and 16 octets of its own. */
    keys: z.strictObject({ p256dh: p256Point, auth: base64urlExactly(16) }),
  }),
  z.strictObject({ kind: z.literal("apns"), token: z.string().regex(/^[0-9a-f]{64,200}$/) }),
  z.strictObject({ kind: z.literal("fcm"), token: z.string().min(1).max(512) }),
]);
export type PushAddress = z.infer<typeof pushAddress>;

/** Registers how the phone of an enrolment is reached; without an address, it no longer is. */
export const pushSubscription = z.strictObject({
  type: z.literal(labels.pushSubscription),
  ...phoneMessageClaims,
  address: pushAddress.optional(),
});

/** The answer to it: whether the phone can be reached by push now. */
export const pushSubscribed = z.strictObject({ subscribed: z.boolean() });

/** What a push carries, encrypted on its way (RFC 8291): that there is something to see, and its id. Nothing else. */
export const pushContent = z.strictObject({
  type: z.enum(["change", "reminder", "consent-reminder", "receipt", "certificate", "login", "new-phone"]),
  notificationId: z.uuid().optional(),
  loginId: z.uuid().optional(),
  consentId: z.uuid().optional(),
});
export type PushContent = z.infer<typeof pushContent>;

/** Where sections of the inbox go on; one that is not named has no more. */
export const inboxCursors = z.strictObject({
  open: cursor.optional(),
  settled: cursor.optional(),
  certificates: cursor.optional(),
  newPhones: cursor.optional(),
  consents: cursor.optional(),
  linkRequests: cursor.optional(),
});
export type InboxCursors = z.infer<typeof inboxCursors>;

/** Asks for what waits for the person at this enrolment's party. */
export const inboxRequest = z.strictObject({
  type: z.literal(labels.inbox),
  ...phoneMessageClaims,
  ecdhKey: p256Point,
  /** Sections that came later and that the app can show; an app that names none is answered without. */
  sections: z.array(registeredName).max(16).optional(),
  /** Reads on in these sections alone, from the `next` of the answer before: the other sections come empty. */
  after: inboxCursors.optional(),
});

/**
 * Sections of the inbox that came after its first version: asked for by name. `votes`: `mayStop` and `datedBy` of a new phone.
 * `tries`: `tries` of what is settled. `pages`: `next`.
 */
export const laterSections = ["votes", "consents", "link-requests", "tries", "pages"] as const;

/** One change, as it is shown and as the device key signs it: the JSON text of this is `shown`. */
export const shownChange = z.strictObject({
  notificationId: z.uuid(),
  consentId: z.uuid(),
  party: z.strictObject({ id: registeredName, name: bilingual }),
  anchorVersion: z.number().int(),
  changes: z.array(
    z.strictObject({
      attribute: attributeName,
      from: z.string().max(400),
      to: z.string().max(400),
    }),
  ),
});
export type ShownChange = z.infer<typeof shownChange>;

/** The plain text of the sealed inbox. */
export const inbox = z.strictObject({
  open: z
    .array(
      z.strictObject({
        notificationId: z.uuid(),
        /** The JSON text of a {@link shownChange}: show what it says; the answer signs the digest of this very text. */
        shown: z.string().max(8_192),
        /** The last millisecond of a day, in Japan. */
        expiresAt: z.iso.datetime(),
      }),
    )
    .max(64),
  /** What was answered lately, and what became of it. */
  settled: z
    .array(
      z.strictObject({
        notificationId: z.uuid(),
        party: registeredName,
        attributes: z.array(attributeName).max(4),
        state: z.enum(["confirmed", "declined", "expired", "superseded", "withdrawn"]),
        delivery: z.enum(["none", "pending", "delivered", "acknowledged", "dead-lettered", "cancelled"]),
        outcome: z.enum(["applied", "manual-review", "rejected"]).optional(),
        receipt: z.string().max(8_192).optional(),
        /** While `delivery` is `pending`: how often the party was tried in vain. The CA keeps trying. */
        tries: z.number().int().optional(),
      }),
    )
    .max(64),
  /** What there is to know of the person's certificates at this party, newest first. */
  certificates: z
    .array(
      z.strictObject({
        enrolmentId,
        /** `replace`: one more tap is asked for, because what the certificate says, or the CA's key, changes. */
        kind: z.enum(["expiring", "expired", "revoked", "replace"]),
        /** With `expiring`: 90, 30 or 7. */
        daysLeft: z.number().int().optional(),
        /** Of a revocation when it takes effect; else the begin of the day, in Japan, from which it is shown. */
        at: z.iso.datetime(),
        notAfter: z.iso.datetime().optional(),
      }),
    )
    .max(64),
  /** Logins that the party's server asks for. */
  logins: z.array(z.strictObject({ loginId: z.uuid(), expiresAt: z.iso.datetime() })).max(8),
  /** New phones that this very phone is to know of, for 72 hours: was it the person? Newest first. */
  newPhones: z
    .array(
      z.strictObject({
        noticeId: z.uuid(),
        /** `elsewhere`: at another party, which is not named. */
        where: z.enum(["here", "elsewhere"]),
        /** The begin of the hour in which it was set up; of the day, in Japan, where it is a first enrolment elsewhere. */
        at: z.iso.datetime(),
        /** Whether the person has had it stopped, with this phone or another. */
        stopped: z.boolean(),
        /** Whether this phone may have it stopped: not where it stopped the one before it, or is too new itself. */
        mayStop: z.boolean().optional(),
        datedBy: z.enum(["hour", "day"]).optional(),
      }),
    )
    .max(16),
  /** `consents`: what was done to consents that other parties are notified of too, newest first. */
  consents: z
    .array(
      z.strictObject({
        /** As this party's list of consents names it. */
        consentId: z.uuid(),
        kind: consentKind,
        link: linkTerms.optional(),
        act: z.enum(["grant", "renew", "amend", "withdraw", "expire"]),
        /** `elsewhere`: with another party's app, on the CA's page, at J-LIS, or by its term. */
        where: z.enum(["here", "elsewhere"]),
        attributes: z.array(attributeName).max(4),
        /** Of a link its time; else the begin of the day, in Japanese time, on which it is shown. */
        at: z.iso.datetime(),
      }),
    )
    .max(32)
    .optional(),
  /** `link-requests`: those that wait for the person, and what became of the last. */
  linkRequests: z
    .array(
      z.strictObject({
        requestId: z.uuid(),
        /** `gives`: the person may grant it here; `receives`: this party has asked. */
        role: z.enum(["gives", "receives"]),
        link: linkTerms,
        state: linkRequestState,
        expiresAt: z.iso.datetime(),
      }),
    )
    .max(32)
    .optional(),
  /** Where the sections go on that have more. */
  next: inboxCursors.optional(),
});
export type Inbox = z.infer<typeof inbox>;

/** The one press: the device key's signature over what was shown. */
export const answer = z.strictObject({
  type: z.literal(labels.answer),
  ...phoneMessageClaims,
  notificationId: z.uuid(),
  decision: z.enum(["confirm", "decline"]),
  /** SHA-256 of the UTF-8 text of `shown`. */
  shownSha256: digest,
});
export type Answer = z.infer<typeof answer>;

export const answered = z.strictObject({
  notificationId: z.uuid(),
  state: z.enum(["confirmed", "declined"]),
});
export type Answered = z.infer<typeof answered>;

/**
 * The claims of the receipt for a confirmed change, a JWS under the CA's service key: what was confirmed, that the
 * party was notified, and what it did (fields after ISO/IEC TS 27560). No value is in it.
 */
export const notificationReceipt = z.object({
  iss: z.string(),
  iat: z.number().int(),
  /** The pairwise pseudonym of the person at the party. */
  sub: z.string(),
  schema_version: z.literal("kazasu/notification-receipt/1"),
  /** The notification's id. */
  record_id: z.uuid(),
  consent_id: z.uuid(),
  recipient: registeredName,
  anchor_version: z.number().int(),
  pii_categories: z.array(attributeName).max(4),
  event: z.strictObject({
    act: z.literal("confirm"),
    occurred_at: z.iso.datetime(),
    shown_sha256: digest,
  }),
  delivery: z.enum(["pending", "delivered", "acknowledged", "dead-lettered", "cancelled"]),
  /** Absent while the party has not said what it did. */
  acknowledgement: z
    .strictObject({
      outcome: z.enum(["applied", "manual-review", "rejected"]),
      occurred_at: z.iso.datetime(),
    })
    .optional(),
});
export type NotificationReceipt = z.infer<typeof notificationReceipt>;
