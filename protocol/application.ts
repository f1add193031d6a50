import * as z from "zod";
import { noticeReference } from "./challenge.ts";
import { base64urlAtMost, base64urlExactly, digest, p256Point } from "./encoding.ts";
import { labels } from "./labels.ts";
import { attributeName, enrolmentId, intent, registeredName } from "./names.ts";

/**
 * One consent of the person, as JSON text with its own salt. The card signs only the SHA-256 of the text, so that evidence of
 * one consent can be shown without the others.
 */
export const consentRecord = z.strictObject({
  notice: noticeReference,
  agreed: z.boolean(),
  /** The attributes that the consent is about; empty for the terms. */
  attributes: z.array(attributeName).max(4),
  salt: base64urlExactly(16),
});
export type ConsentRecord = z.infer<typeof consentRecord>;

/** What the card signs: the content of the application's CMS SignedData, as JSON text. */
export const application = z.strictObject({
  type: z.literal(labels.application),
  /** The whole challenge, so that the signature covers all of it. */
  challenge: z.string().max(16_384),
  enrolmentId,
  party: registeredName,
  app: registeredName,
  intent,
  /** Only with `replace`: the enrolment to replace, if the person has several at this party. */
  replaces: enrolmentId.optional(),
  /** The party's own opaque customer reference (never a name), to which the enrolment is bound. */
  binding: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/)
    .optional(),
  spkiSha256: digest,
  ecdhKey: p256Point,
  /** SHA-256 of the UTF-8 text of each consent record, in the order of the sealed records. */
  consents: z.array(digest).max(16),
  /** SHA-256 of the attestation statement, if one is required or available. */
  attestation: digest.optional(),
});
export type Application = z.infer<typeof application>;

/** What the card signs for J-LIS (a separate CMS SignedData, made in the same tap). */
export const registerConsent = z.strictObject({
  type: z.literal(labels.registerConsent),
  enrolmentId,
  notice: noticeReference,
  attributes: z.array(attributeName).min(1).max(4),
});
export type RegisterConsent = z.infer<typeof registerConsent>;

/** Statement about the origin of the app or key, in a format for which the engine has a verifier. */
export const attestation = z.strictObject({
  format: z.enum(["simulated", "android-key", "app-attest"]),
  statement: z.string().min(1).max(16_384),
});
export type Attestation = z.infer<typeof attestation>;

/** The plain text inside the sealed application. */
export const sealedApplication = z.strictObject({
  /** CMS SignedData (RFC 5652), DER, with the application as content and the sign certificate inside. */
  application: base64urlAtMost(24_576),
  /** The JSON text of each {@link consentRecord}. */
  consents: z.array(z.string().max(2_048)).max(16),
  /** CMS SignedData over a {@link registerConsent}. Absent if the person did not agree. */
  registerConsent: base64urlAtMost(12_288).optional(),
  attestation: attestation.optional(),
});
export type SealedApplication = z.infer<typeof sealedApplication>;

/** An HPKE ciphertext with its encapsulated key (RFC 9180 §4). */
export const sealed = z.strictObject({ enc: p256Point, ciphertext: base64urlAtMost(98_304) });
export type Sealed = z.infer<typeof sealed>;

/** Body of `POST /v1/applications` and of `POST /v1/activations`. */
export const envelope = z.strictObject({ challenge: z.string().max(16_384), sealed });
export type Envelope = z.infer<typeof envelope>;

/** Answer to an accepted application: the activation code, sealed to the phone's ECDH key. */
export const applied = z.strictObject({ enrolmentId, sealedCode: sealed });
export type Applied = z.infer<typeof applied>;
