import {
  CRLDistributionPoints,
  id_ce_cRLDistributionPoints,
  id_ce_subjectAltName,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import { type CardAttributes, readAttributes } from "../jpki/attributes.ts";
import { readExtension, type X509 } from "./certificate.ts";
import { placeText } from "./name.ts";

/** What a certificate says of itself, believed or not. */
export interface CertificateFacts {
  der: Uint8Array;
  /** Lower-case hex. */
  serial: string;
  issuer: string;
  subject: string;
  /** Hex of the key identifier of the CA that signed it. */
  issuerKeyId?: string;
  spki: Uint8Array;
  notBefore: Date;
  notAfter: Date;
  /** The directory name (JPKI) or URL of its part of the CRL, as text. */
  crlDistributionPoint?: string;
}

/** The sign certificate (署名用電子証明書) of a card, with the person's four attributes. */
export interface CardCertificate extends CertificateFacts {
  attributes: CardAttributes;
}

/** Throws BadCertificate when the CRL distribution point cannot be read. */
export function certificateFacts(certificate: X509): CertificateFacts {
  const points = readExtension(certificate.extensions, id_ce_cRLDistributionPoints, CRLDistributionPoints);
  const place = points?.[0]?.distributionPoint?.fullName?.[0];
  const crlDistributionPoint = place && placeText(place);
  const { der, serial, issuer, subject, spki, notBefore, notAfter, authorityKeyId } = certificate;
  return {
    der,
    serial,
    issuer,
    subject,
    ...(authorityKeyId && { issuerKeyId: authorityKeyId }),
    spki,
    notBefore,
    notAfter,
    ...(crlDistributionPoint && { crlDistributionPoint }),
  };
}

/** Throws BadCertificate or AttributesUnreadable when the subjectAltName does not hold the four attributes. */
export function certificateAttributes(certificate: X509): CardAttributes {
  const names = readExtension(certificate.extensions, id_ce_subjectAltName, SubjectAlternativeName);
  return readAttributes(names ?? []);
}
