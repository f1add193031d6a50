import type { z } from "zod";
import {
  type Application,
  application as applicationSchema,
  type ConsentRecord,
  consentRecord,
  registerConsent as registerConsentSchema,
  type SealedApplication,
} from "../../protocol/application.ts";
import type { ChallengeClaims, NoticeReference } from "../../protocol/challenge.ts";
import { decode, sha256, utf8 } from "../../protocol/encoding.ts";
import { type Refused, refuse } from "../../protocol/refusals.ts";
import type { AttestationVerifier } from "../attestation/verifier.ts";
import { type CardCertificate, verifyCardSignature } from "../card-verification/verify.ts";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";

/** The rules for examining an application. */
export interface ExaminationRules {
  anchors: readonly TrustAnchor[];
  attestation: readonly AttestationVerifier[];
  /** Whether the CA has published exactly this notice. */
  isPublished(notice: NoticeReference): boolean;
}

export interface Examined {
  ok: true;
  application: Application;
  /** SHA-256 of the CMS: identifies the application. */
  applicationSha256: string;
  card: CardCertificate;
  anchor: TrustAnchor;
  consents: { record: ConsentRecord; digest: string }[];
  /** The person agreed, with the card, that the CA may ask J-LIS for their attributes. */
  registerConsent: boolean;
}

/**
 * Everything about an application that can be checked without a network call: the card's signature, its certificate, and that
 * exactly this challenge was signed.
 *
 * The gateway calls it before a workflow starts; the activity calls it again as the authority.
 */
export async function examineApplication(
  sealed: SealedApplication,
  challenge: { jws: string; claims: ChallengeClaims },
  rules: ExaminationRules,
  at: Date,
): Promise<Examined | Refused> {
  const cms = decode(sealed.application);
  const signature = verifyCardSignature({ cms, anchors: rules.anchors, at });
  if (!signature.ok) return refuse(signature.code, signature.detail);

  const application = parse(applicationSchema, signature.content);
  if (!application)
    return refuse(
      "APPLICATION_MALFORMED",
      "The signed content is not an application of this protocol's version.",
    );

  const refusal =
    matchesChallenge(application, challenge) ??
    (await attested(application, sealed, challenge.claims, rules.attestation));
  if (refusal) return refusal;

  const consents = await matchConsents(application, sealed.consents, challenge.claims, rules);
  if (!consents.ok) return consents;
  const agreed = consents.records.find(
    ({ record }) => record.notice.purpose === "register-refresh" && record.agreed,
  )?.record;
  const mismatch = registerConsentMatches(
    sealed.registerConsent,
    agreed,
    application,
    signature.card,
    rules,
    at,
  );
  if (mismatch) return mismatch;

  return {
    ok: true,
    application,
    applicationSha256: await sha256(cms),
    card: signature.card,
    anchor: signature.anchor,
    consents: consents.records,
    registerConsent: agreed !== undefined,
  };
}

function matchesChallenge(
  application: Application,
  challenge: { jws: string; claims: ChallengeClaims },
): Refused | undefined {
  const { claims } = challenge;
  if (application.challenge !== challenge.jws || application.enrolmentId !== claims.enrolmentId) {
    return refuse("CHALLENGE_MISMATCH", "The card signed for another challenge than that of this message.");
  }
  if (
    application.party !== claims.party.id ||
    application.app !== claims.app ||
    application.intent !== claims.intent
  ) {
    return refuse(
      "PARTY_MISMATCH",
      "Party, app or intent differ between the challenge and the signed application.",
    );
  }
  if (application.spkiSha256 !== claims.spkiSha256 || application.ecdhKey !== claims.ecdhKey) {
    return refuse(
      "DEVICE_KEY_MISMATCH",
      "The signing key or the ECDH key differs from the one in the challenge request.",
    );
  }
  if (application.replaces !== undefined && application.intent !== "replace") {
    return refuse("APPLICATION_MALFORMED", "`replaces` is allowed only with the intent `replace`.");
  }
  return undefined;
}

async function attested(
  application: Application,
  sealed: SealedApplication,
  claims: ChallengeClaims,
  verifiers: readonly AttestationVerifier[],
): Promise<Refused | undefined> {
  const { attestation } = sealed;
  const signed = attestation && (await sha256(utf8(attestation.statement)));
  if (signed !== application.attestation) {
    return refuse("ATTESTATION_REFUSED", "The attestation is not the one the card signed for.");
  }
  if (!attestation) {
    if (claims.attestation === "optional") return undefined;
    return refuse("ATTESTATION_REFUSED", "This app must attest its key, and the attestation is missing.");
  }
  const verifier = verifiers.find(({ format }) => format === attestation.format);
  if (!verifier) {
    return refuse(
      "ATTESTATION_REFUSED",
      `This setting has no verifier for attestations of the format "${attestation.format}".`,
    );
  }
  const subject = { spkiSha256: claims.spkiSha256, nonce: claims.jti, app: claims.app };
  if (await verifier.verify(attestation.statement, subject)) return undefined;
  return refuse(
    "ATTESTATION_REFUSED",
    `The ${attestation.format} attestation does not prove this key in this app.`,
  );
}

/** What the card signed for J-LIS must match what the person agreed to here: text, attributes and enrolment. */
function registerConsentMatches(
  sent: string | undefined,
  agreed: ConsentRecord | undefined,
  application: Application,
  card: CardCertificate,
  rules: ExaminationRules,
  at: Date,
): Refused | undefined {
  if (sent === undefined && !agreed) return undefined;
  if (sent === undefined || !agreed) {
    return refuse("CONSENT_MISMATCH", "The consent for J-LIS and its signature must be sent together.");
  }
  const signature = verifyCardSignature({ cms: decode(sent), anchors: rules.anchors, at });
  if (!signature.ok) return refuse(signature.code, `The consent towards J-LIS: ${signature.detail}`);
  if (Buffer.compare(signature.card.der, card.der) !== 0) {
    return refuse("CONSENT_MISMATCH", "The consent for J-LIS was signed with another card certificate.");
  }
  const consent = parse(registerConsentSchema, signature.content);
  if (consent?.enrolmentId !== application.enrolmentId) {
    return refuse("CONSENT_MISMATCH", "The consent for J-LIS is not for this enrolment.");
  }
  const sameAttributes = consent.attributes.toSorted().join() === agreed.attributes.toSorted().join();
  if (!sameNotice(consent.notice, agreed.notice) || !sameAttributes) {
    return refuse("CONSENT_MISMATCH", "The consent for J-LIS differs from what the person agreed to.");
  }
  return undefined;
}

/** The whole reference, not only the digest: a text must not be accepted under another's purpose or version. */
const sameNotice = (a: NoticeReference, b: NoticeReference): boolean =>
  a.id === b.id &&
  a.purpose === b.purpose &&
  a.version === b.version &&
  a.language === b.language &&
  a.sha256 === b.sha256;

async function matchConsents(
  application: Application,
  texts: string[],
  claims: ChallengeClaims,
  rules: ExaminationRules,
): Promise<{ ok: true; records: Examined["consents"] } | Refused> {
  if (texts.length !== application.consents.length) {
    return refuse("CONSENT_MISMATCH", "The number of consents differs from what the card signed.");
  }
  const records: Examined["consents"] = [];
  for (const [index, text] of texts.entries()) {
    const digest = await sha256(utf8(text));
    const record = parse(consentRecord, utf8(text));
    if (digest !== application.consents[index] || !record) {
      return refuse("CONSENT_MISMATCH", `Consent ${index + 1} is not the one the card signed for.`);
    }
    const offered = claims.notices.some((offer) => sameNotice(offer, record.notice));
    if (!offered || !rules.isPublished(record.notice)) {
      return refuse(
        "NOTICE_UNKNOWN",
        `Consent ${index + 1} names a notice that this challenge does not offer.`,
      );
    }
    records.push({ record, digest });
  }
  const accepted = records.some(({ record }) => record.notice.purpose === "terms" && record.agreed);
  return accepted
    ? { ok: true, records }
    : refuse("TERMS_NOT_ACCEPTED", "The consents do not include an agreement to the terms.");
}

function parse<T extends z.ZodType>(schema: T, content: Uint8Array): z.infer<T> | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(content);
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
