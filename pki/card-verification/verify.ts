import { createHash } from "node:crypto";
import { type RefusalCode, type Refused, refuse } from "../../protocol/refusals.ts";
import type { CmsSignature } from "../cms/signature.ts";
import { CmsUnreadable } from "../cms/unreadable.ts";
import { AttributesUnreadable, type CardAttributes } from "../jpki/attributes.ts";
import { isStrongCardKey } from "../jpki/card-key.ts";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import type { Certificate } from "../x509/certificate.ts";
import { BadCertificate } from "../x509/extension.ts";
import { verifyWithNode } from "../x509/node-signature.ts";
import {
  type CardCertificate,
  type CertificateFacts,
  certificateAttributes,
  certificateFacts,
} from "./card.ts";
import { checkCardProfile } from "./card-profile.ts";
import { readCardSignature } from "./card-signature.ts";
import { findIssuer } from "./issuer.ts";

export type { CardCertificate, CertificateFacts } from "./card.ts";

export interface CardSignature {
  /** CMS SignedData (RFC 5652), DER. */
  cms: Uint8Array;
  /** The signed content, if it is detached. */
  content?: Uint8Array;
  anchors: readonly TrustAnchor[];
  /** The time at which the certificates must be valid. */
  at: Date;
}

/** The fields of a certificate, as far as they can be parsed. Not trustworthy by themselves. */
export type CardClaims = CertificateFacts & { attributes?: CardAttributes };

export type CardVerdict =
  | { ok: true; content: Uint8Array; card: CardCertificate; anchor: TrustAnchor }
  | {
      ok: false;
      code: RefusalCode;
      /** For developers and operators, without personal data. */
      detail: string;
      card?: CardClaims;
    };

/**
 * Verifies a signature made by a My Number Card: CMS, the certificate's path and profile, validity at `at`, and the signature
 * over the content. Pure: no clock, no network; revocation is checked separately (ocsp.ts, crl.ts).
 *
 * The checks run from the form to the issuer, the profile, the dates and last the signature, so that the code names the first
 * cause: a certificate of an unknown CA is UNTRUSTED_ISSUER whatever else is wrong.
 */
export function verifyCardSignature({ cms, content, anchors, at }: CardSignature): CardVerdict {
  const signed = readOrRefuse(cms);
  if ("ok" in signed) return signed;
  const { signer: certificate } = signed;
  const claims = readClaims(certificate);
  const refused = (refusal: Refused): CardVerdict => ({
    ...refusal,
    ...(claims.card && { card: claims.card }),
  });

  const covered = signed.attached ?? content;
  if (!covered || (signed.attached && content)) {
    return refused(refuse("CMS_MALFORMED", "The content must be either inside the CMS or given separately."));
  }
  const anchor = findIssuer(certificate, anchors);
  if ("ok" in anchor) return refused(anchor);
  const flaw = checkProfile(certificate, anchor);
  if (flaw) return refused(flaw);
  if (!isStrongCardKey(certificate.spki))
    return refused(refuse("UNSUPPORTED_CERTIFICATE", "The key is of an unsupported type, or weak."));
  const { card, problem } = claims;
  if (!card?.attributes) return refused(refuse("UNSUPPORTED_CERTIFICATE", problem));
  const early = checkValidity(certificate, anchor, at);
  if (early) return refused(early);

  if (!createHash(signed.hash).update(covered).digest().equals(signed.messageDigest)) {
    return refused(refuse("SIGNATURE_MISMATCH", "The content differs from what was signed."));
  }
  if (!verifyWithNode(signed.check)) {
    return refused(refuse("SIGNATURE_MISMATCH", "The key of the certificate did not make the signature."));
  }
  return { ok: true, content: covered, card: { ...card, attributes: card.attributes }, anchor };
}

function readOrRefuse(cms: Uint8Array): CmsSignature | Refused {
  try {
    return readCardSignature(cms);
  } catch (error) {
    if (error instanceof CmsUnreadable) return refuse("CMS_MALFORMED", error.message);
    if (error instanceof BadCertificate) return refuse("UNSUPPORTED_CERTIFICATE", error.message);
    throw error;
  }
}

function readClaims(certificate: Certificate): { card?: CardClaims; problem: string } {
  let card: CardClaims | undefined;
  try {
    card = certificateFacts(certificate);
    card.attributes = certificateAttributes(certificate);
    return { card, problem: "" };
  } catch (error) {
    if (!(error instanceof BadCertificate || error instanceof AttributesUnreadable)) throw error;
    return { ...(card && { card }), problem: error.message };
  }
}

function checkProfile(certificate: Certificate, anchor: TrustAnchor): Refused | undefined {
  try {
    return checkCardProfile(certificate, anchor);
  } catch (error) {
    if (error instanceof BadCertificate) return refuse("UNSUPPORTED_CERTIFICATE", error.message);
    throw error;
  }
}

function checkValidity(certificate: Certificate, anchor: TrustAnchor, at: Date): Refused | undefined {
  for (const [what, { notBefore, notAfter }] of Object.entries({
    CA: anchor.certificate,
    card: certificate,
  })) {
    if (at < notBefore) {
      return refuse(
        "CERTIFICATE_NOT_YET_VALID",
        `The ${what}'s certificate starts at ${notBefore.toISOString()}.`,
      );
    }
    if (!(at <= notAfter)) {
      return refuse("CERTIFICATE_EXPIRED", `The ${what}'s certificate ended at ${notAfter.toISOString()}.`);
    }
  }
  return undefined;
}
