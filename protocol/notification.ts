import * as z from "zod";
import { consentKind } from "./consent.ts";
import { base64urlExactly, digest, p256Point } from "./encoding.ts";
import { labels } from "./labels.ts";
import { linkRequestState, linkTerms } from "./link.ts";
import { cursor } from "./list-page.ts";
import { attributeName, bilingual, enrolmentId, registeredName } from "./names.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/** A phone's push subscription: a W3C one, as returned by `PushSubscription.toJSON()`, or a platform's token. */
export const pushAddress = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("web").default("web"),
    /** Windows' push service uses more than 600 characters. */
    endpoint: z.url().max(2_048),
    /** Ignored: the push service reports an expired subscription itself. */
    expirationTime: z.number().nullable().optional(),
    /** RFC 8291 §2: the phone's public key, and its 16 octets of authentication secret. */
    keys: z.strictObject({ p256dh: p256Point, auth: base64urlExactly(16) }),
  }),
  z.strictObject({ kind: z.literal("apns"), token: z.string().regex(/^[0-9a-f]{64,200}$/) }),
  z.strictObject({ kind: z.literal("fcm"), token: z.string().min(1).max(512) }),
]);
export type PushAddress = z.infer<typeof pushAddress>;

/** Registers an enrolment's push subscription; without an address, removes it. */
export const pushSubscription = z.strictObject({
  type: z.literal(labels.pushSubscription),
  ...phoneMessageClaims,
  address: pushAddress.optional(),
});

/** The answer: whether the phone can now be reached by push. */
export const pushSubscribed = z.strictObject({ subscribed: z.boolean() });

/** The content of a push, encrypted (RFC 8291): only that there is something to see, and its id. */
export const pushContent = z.strictObject({
  type: z.enum(["change", "reminder", "consent-reminder", "receipt", "certificate", "login", "new-phone"]),
  notificationId: z.uuid().optional(),
  loginId: z.uuid().optional(),
  consentId: z.uuid().optional(),
});
export type PushContent = z.infer<typeof pushContent>;

/** The next pages of inbox sections; a section without one has no more. */
export const inboxCursors = z.strictObject({
  open: cursor.optional(),
  settled: cursor.optional(),
  certificates: cursor.optional(),
  newPhones: cursor.optional(),
  consents: cursor.optional(),
  linkRequests: cursor.optional(),
});
export type InboxCursors = z.infer<typeof inboxCursors>;

/** Requests what waits for the person at this enrolment's party. */
export const inboxRequest = z.strictObject({
  type: z.literal(labels.inbox),
  ...phoneMessageClaims,
  ecdhKey: p256Point,
  /** Later sections that the app can show; others are omitted from the answer. */
  sections: z.array(registeredName).max(16).optional(),
  /** Continues these sections only, from `next` of the previous answer: the other sections are empty. */
  after: inboxCursors.optional(),
});

/**
 * Inbox sections added after the first version, sent only if requested. `votes`: `mayStop` and `datedBy` of a new phone.
 * `tries`: `tries` of settled notifications. `pages`: `next`.
 */
export const laterSections = ["votes", "consents", "link-requests", "tries", "pages"] as const;

/** One change, as shown and as signed by the device key: the JSON text of this is `shown`. */
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
        /** The JSON text of a {@link shownChange}: show its content; the answer signs the digest of exactly this text. */
        shown: z.string().max(8_192),
        /** The last millisecond of a day, in Japan. */
        expiresAt: z.iso.datetime(),
      }),
    )
    .max(64),
  /** Recently answered notifications, and their outcome. */
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
        /** While `delivery` is `pending`: the number of failed deliveries to the party. The CA keeps trying. */
        tries: z.number().int().optional(),
      }),
    )
    .max(64),
  /** Notices about the person's certificates at this party, newest first. */
  certificates: z
    .array(
      z.strictObject({
        enrolmentId,
        /** `replace`: one more tap is required, because the certificate's content or the CA's key changes. */
        kind: z.enum(["expiring", "expired", "revoked", "replace"]),
        /** Only with `expiring`: 90, 30 or 7. */
        daysLeft: z.number().int().optional(),
        /** For a revocation when it takes effect; otherwise the start of the day, in Japan, from which it is shown. */
        at: z.iso.datetime(),
        notAfter: z.iso.datetime().optional(),
      }),
    )
    .max(64),
  /** Logins requested by the party's server. */
  logins: z.array(z.strictObject({ loginId: z.uuid(), expiresAt: z.iso.datetime() })).max(8),
  /** New phones about which this phone asks the person, for 72 hours. Newest first. */
  newPhones: z
    .array(
      z.strictObject({
        noticeId: z.uuid(),
        /** `elsewhere`: at another party, which is not named. */
        where: z.enum(["here", "elsewhere"]),
        /** The start of the hour in which it was set up; for a first enrolment elsewhere the start of the day, in Japan. */
        at: z.iso.datetime(),
        /** Whether the person has had it stopped, with this phone or another. */
        stopped: z.boolean(),
        /** Whether this phone may have it stopped: not if it stopped the previous one, or is itself too new. */
        mayStop: z.boolean().optional(),
        datedBy: z.enum(["hour", "day"]).optional(),
      }),
    )
    .max(16),
  /** `consents`: acts on consents of which other parties are notified too, newest first. */
  consents: z
    .array(
      z.strictObject({
        /** Its id in this party's list of consents. */
        consentId: z.uuid(),
        kind: consentKind,
        link: linkTerms.optional(),
        act: z.enum(["grant", "renew", "amend", "withdraw", "expire"]),
        /** `elsewhere`: in another party's app, on the person page, at J-LIS, or by the end of its term. */
        where: z.enum(["here", "elsewhere"]),
        attributes: z.array(attributeName).max(4),
        /** For a link its time; otherwise the start of the day, in Japanese time, on which it is shown. */
        at: z.iso.datetime(),
      }),
    )
    .max(32)
    .optional(),
  /** `link-requests`: those that wait for the person, and the outcomes of recent ones. */
  linkRequests: z
    .array(
      z.strictObject({
        requestId: z.uuid(),
        /** `gives`: the person may grant it here; `receives`: this party has requested it. */
        role: z.enum(["gives", "receives"]),
        link: linkTerms,
        state: linkRequestState,
        expiresAt: z.iso.datetime(),
      }),
    )
    .max(32)
    .optional(),
  /** The next pages of sections that have more. */
  next: inboxCursors.optional(),
});
export type Inbox = z.infer<typeof inbox>;

/** The person's answer: the device key's signature over what was shown. */
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
 * The claims of the receipt for a confirmed change, a JWS under the CA's service key: what was confirmed, that the party was
 * notified, and what it did (fields after ISO/IEC TS 27560). It has no values.
 */
export const notificationReceipt = z.object({
  iss: z.string(),
  iat: z.number().int(),
  /** The person's pairwise pseudonym at the party. */
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
  /** Absent until the party acknowledges. */
  acknowledgement: z
    .strictObject({
      outcome: z.enum(["applied", "manual-review", "rejected"]),
      occurred_at: z.iso.datetime(),
    })
    .optional(),
});
export type NotificationReceipt = z.infer<typeof notificationReceipt>;
