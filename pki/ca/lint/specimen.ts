import { type KeyObject, X509Certificate } from "node:crypto";
import { Certificate, type Extension, type TBSCertificate } from "@peculiar/asn1-x509";
import type { Issuer } from "../authority.ts";
import { parseDer } from "../der.ts";
import type { Profile } from "../profiles/profile.ts";
import type { StatusUrls } from "../status-urls.ts";

/** What a certificate is held against. */
export interface LintContext {
  /** Of the generation that signs it. */
  issuer: Issuer;
  /** DER, of the same generation. */
  issuingCertificate: Uint8Array;
  /** The very version it was made with. */
  profile: Profile;
  urls: StatusUrls;
}

/** A certificate as two libraries that share no code read it from its bytes. */
export interface Specimen {
  context: LintContext;
  der: Uint8Array;
  certificate: Certificate;
  tbs: TBSCertificate;
  extensions: readonly Extension[];
  openssl: X509Certificate;
  issuing: X509Certificate;
  /** What its signature is to verify with. */
  signedBy: KeyObject;
}

/** Throws when the bytes are no certificate in DER, or OpenSSL cannot read them. */
export const readSpecimen = (
  der: Uint8Array,
  context: LintContext,
  issuing: X509Certificate,
  signedBy: KeyObject,
): Specimen => specimenOf(parseDer(der, Certificate), der, context, issuing, signedBy);

/** `certificate` must have been read from the bytes in `der`. Throws when OpenSSL cannot read them. */
export function specimenOf(
  certificate: Certificate,
  der: Uint8Array,
  context: LintContext,
  issuing: X509Certificate,
  signedBy: KeyObject,
): Specimen {
  const tbs = certificate.tbsCertificate;
  const openssl = new X509Certificate(der);
  return { context, der, certificate, tbs, extensions: tbs.extensions ?? [], openssl, issuing, signedBy };
}
