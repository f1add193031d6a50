import { type KeyObject, X509Certificate } from "node:crypto";
import { type CertificateParts, readCertificateParts } from "../../x509/certificate-parts.ts";
import type { Issuer } from "../authority.ts";
import type { Profile } from "../profiles/profile.ts";
import type { StatusUrls } from "../status-urls.ts";
import { readSubject, type SubjectAttribute } from "./subject.ts";
import { readWrittenTime, type WrittenTime } from "./written-time.ts";

/** What a certificate is checked against. */
export interface LintContext {
  /** The issuer of the signing generation. */
  issuer: Issuer;
  /** DER, of the same generation. */
  issuingCertificate: Uint8Array;
  /** The exact version it was made with. */
  profile: Profile;
  urls: StatusUrls;
}

/**
 * A certificate parsed from its bytes by the strict DER cursor (pki/der), and by OpenSSL. They share no code, with each other
 * or with the library that built the certificate.
 */
export interface Specimen {
  context: LintContext;
  parts: CertificateParts;
  notBefore: WrittenTime;
  notAfter: WrittenTime;
  /** RDN by RDN. */
  subject: readonly (readonly SubjectAttribute[])[];
  openssl: X509Certificate;
  issuing: X509Certificate;
  /** The key that verifies its signature. */
  signedBy: KeyObject;
}

/** Throws if the bytes are not a DER certificate, or if OpenSSL cannot parse them. */
export function readSpecimen(
  der: Uint8Array,
  context: LintContext,
  issuing: X509Certificate,
  signedBy: KeyObject,
): Specimen {
  const parts = readCertificateParts(der);
  return {
    context,
    parts,
    notBefore: readWrittenTime(parts.notBefore),
    notAfter: readWrittenTime(parts.notAfter),
    subject: readSubject(parts.subject),
    openssl: new X509Certificate(der),
    issuing,
    signedBy,
  };
}
