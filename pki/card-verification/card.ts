import { type CardAttributes, readAttributes } from "../jpki/attributes.ts";
import type { Certificate } from "../x509/certificate.ts";
import { crlDistributionPoints } from "../x509/distribution-point.ts";
import { readExtension } from "../x509/extension.ts";
import { placeText } from "../x509/general-name.ts";
import { subjectAltName } from "../x509/subject-alt-name.ts";

/** The fields of a certificate, verified or not. */
export interface CertificateFacts {
  der: Uint8Array;
  /** Lower-case hex. */
  serial: string;
  issuer: string;
  subject: string;
  /** Key identifier of the CA that signed it, hex. */
  issuerKeyId?: string;
  spki: Uint8Array;
  notBefore: Date;
  notAfter: Date;
  /** The directory name (JPKI) or URL of its CRL part, as text. */
  crlDistributionPoint?: string;
}

/** The sign certificate (署名用電子証明書) of a card, with the person's four attributes. */
export interface CardCertificate extends CertificateFacts {
  attributes: CardAttributes;
}

/** Throws BadCertificate if the CRL distribution point cannot be parsed. */
export function certificateFacts(certificate: Certificate): CertificateFacts {
  const [point] = readExtension(certificate.extensions, crlDistributionPoints) ?? [];
  const place = point?.name && "fullName" in point.name ? point.name.fullName[0] : undefined;
  const crlDistributionPoint = place && placeText(place);
  const { der, serial, issuer, subject, spki, notBefore, notAfter, authorityKeyId } = certificate;
  return {
    der,
    serial,
    issuer: issuer.text,
    subject: subject.text,
    ...(authorityKeyId && { issuerKeyId: authorityKeyId }),
    spki,
    notBefore,
    notAfter,
    ...(crlDistributionPoint && { crlDistributionPoint }),
  };
}

/** Throws BadCertificate or AttributesUnreadable if the subjectAltName does not have the four attributes. */
export function certificateAttributes(certificate: Certificate): CardAttributes {
  return readAttributes(readExtension(certificate.extensions, subjectAltName) ?? []);
}
