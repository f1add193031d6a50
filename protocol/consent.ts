import * as z from "zod";
import { sealed } from "./application.ts";
import { noticeReference } from "./challenge.ts";
import { p256Point } from "./encoding.ts";
import { labels } from "./labels.ts";
import { linkTerms } from "./link.ts";
import { cursor, pageAsked } from "./list-page.ts";
import { attributeName, bilingual, registeredName } from "./names.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/**
 * The purpose of a consent: the CA may query the register, a party may receive changes, or one party may give data to another.
 */
export const consentKind = z.enum(["register-refresh", "disclosure", "link"]);
export type ConsentKind = z.infer<typeof consentKind>;

/** Requests the consents this enrolment may see: those of its party, and the register refresh. */
export const consentListRequest = z.strictObject({
  type: z.literal(labels.consentList),
  ...phoneMessageClaims,
  /** One-use key to which the answer is sealed. */
  ecdhKey: p256Point,
  page: pageAsked.optional(),
});

/** A requested change of a consent, signed by the device key. */
export const consentChange = z.strictObject({
  type: z.literal(labels.consentChange),
  ...phoneMessageClaims,
  act: z.enum(["grant", "renew", "amend", "withdraw"]),
  kind: consentKind,
  /** The consent; absent for a grant. */
  consentId: z.uuid().optional(),
  /** The revision that the person saw; absent for a grant. A consent that has changed since is not overwritten. */
  revision: z.number().int().min(1).max(2_147_483_647).optional(),
  /** What the consent covers from now on; for a withdrawal, what it covered. */
  attributes: z.array(attributeName).max(4),
  /** The notice that was shown; absent for a withdrawal. */
  notice: noticeReference.optional(),
  /** Only for the grant of a link. */
  link: linkTerms.optional(),
});
export type ConsentChange = z.infer<typeof consentChange>;

/** A consent as shown to its person. Times are ISO 8601 UTC. */
export const consentSummary = z.strictObject({
  consentId: z.uuid(),
  kind: consentKind,
  /** Only for a `link`: the giving and the receiving party, the data, and the purpose. */
  link: linkTerms.optional(),
  /** Only for a `disclosure`. */
  party: z.strictObject({ id: registeredName, name: bilingual }).optional(),
  attributes: z.array(attributeName).max(4),
  state: z.enum(["in-force", "withdrawn", "expired"]),
  revision: z.number().int(),
  grantedAt: z.iso.datetime(),
  validUntil: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  /** Register refresh: whether J-LIS holds it; `withdrawal-pending` waits for the next tap of the card. */
  register: z.enum(["pending", "held", "refused", "withdrawal-pending", "withdrawn"]).optional(),
  /** The newest receipt, a JWS under the CA's service key. */
  receipt: z.string().max(8_192).optional(),
});
export type ConsentSummary = z.infer<typeof consentSummary>;

/** The plain text of the sealed list: those in force first. */
export const consentList = z.strictObject({
  consents: z.array(consentSummary).max(256),
  /** The start of the next page; only if the request has `page`. */
  next: cursor.optional(),
});
export type ConsentList = z.infer<typeof consentList>;

/** An answer sealed to the one-use key of the request. */
export const sealedAnswer = z.strictObject({ sealed });

/** The answer to an applied change. */
export const consentChanged = z.strictObject({
  consentId: z.uuid(),
  revision: z.number().int(),
  state: z.enum(["in-force", "withdrawn", "expired"]),
  receipt: z.string().max(8_192),
});
export type ConsentChanged = z.infer<typeof consentChanged>;

/** The claims of a receipt (fields after ISO/IEC TS 27560). */
export const consentReceipt = z.object({
  iss: z.string(),
  iat: z.number().int(),
  /** The person's pairwise pseudonym at the party; without a party, the consent's id. */
  sub: z.string(),
  record_id: z.uuid(),
  schema_version: z.literal("kazasu/consent-receipt/1"),
  controller: z.string(),
  recipient: registeredName.optional(),
  purpose: consentKind,
  link: linkTerms.optional(),
  pii_categories: z.array(attributeName),
  event: z.strictObject({
    act: z.enum(["grant", "renew", "amend", "withdraw"]),
    revision: z.number().int(),
    state: z.enum(["in-force", "withdrawn", "expired"]),
    occurred_at: z.iso.datetime(),
    /** SHA-256 of the signed message; for a withdrawal by operators, a digest of this change only. */
    evidence_sha256: z.string(),
    /** `operator`: a withdrawal that two operators approved for a person who called; operators sign nothing else. */
    signed_with: z.enum(["card", "device", "j-lis", "operator"]),
  }),
  notice: z.strictObject({ id: z.string(), version: z.string(), language: z.string(), sha256: z.string() }),
  valid_until: z.iso.datetime(),
  withdrawal: z.string(),
});
export type ConsentReceipt = z.infer<typeof consentReceipt>;
