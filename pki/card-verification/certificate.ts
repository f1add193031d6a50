import { AsnConvert } from "@peculiar/asn1-schema";
import {
  type AlgorithmIdentifier,
  AuthorityKeyIdentifier,
  Certificate,
  id_ce_authorityKeyIdentifier,
  id_ce_subjectKeyIdentifier,
  type Name,
  SubjectKeyIdentifier,
} from "@peculiar/asn1-x509";
import { encodeDer, parseDer } from "./der.ts";
import { nameText } from "./name.ts";
import { signatureScheme } from "./signature.ts";

const hex = (bytes: ArrayBuffer | Uint8Array): string => Buffer.from(new Uint8Array(bytes)).toString("hex");

/** The certificate can be read, but breaks a rule every X.509 certificate follows. */
export class BadCertificate extends Error {}

export interface CertificateExtension {
  critical: boolean;
  value: Uint8Array;
}

/** An X.509 certificate (RFC 5280 §4.1) read once: what the checks need, as plain values. */
export interface X509 {
  der: Uint8Array;
  /** The signed part, as it was encoded. */
  tbs: Uint8Array;
  version: 1 | 2 | 3;
  /** Lower-case hex of the unsigned number, without padding. */
  serial: string;
  issuerName: Name;
  /** Names as text, by which they are compared: the same text is the same name (name.ts). */
  issuer: string;
  subjectName: Name;
  subject: string;
  spki: Uint8Array;
  /** Content of the BIT STRING of the public key, whose SHA-1 names it in OCSP. */
  publicKeyBits: Uint8Array;
  notBefore: Date;
  notAfter: Date;
  extensions: ReadonlyMap<string, CertificateExtension>;
  /** Hex of the key identifiers, where the certificate has them. */
  subjectKeyId?: string;
  authorityKeyId?: string;
  /** Key type and hash of the CA's signature; missing when unknown or too weak. */
  scheme?: NonNullable<ReturnType<typeof signatureScheme>>;
  signature: Uint8Array;
}

/** A certificate from DER. Throws NotDer, or {@link BadCertificate} (extension twice, impossible serial, …). */
export const readCertificate = (der: Uint8Array): X509 =>
  describeCertificate(parseDer(der, Certificate, "certificate"), der);

/** The same for a certificate that was parsed as part of something larger. */
export function describeCertificate(certificate: Certificate, der = encodeDer(certificate)): X509 {
  const tbs = certificate.tbsCertificate;
  if (!certificate.tbsCertificateRaw) throw new BadCertificate("The certificate has no signed part.");
  const extensions = new Map<string, CertificateExtension>();
  for (const { extnID, critical, extnValue } of tbs.extensions ?? []) {
    if (extensions.has(extnID)) throw new BadCertificate(`The certificate has extension ${extnID} twice.`);
    extensions.set(extnID, { critical, value: new Uint8Array(extnValue.buffer) });
  }
  const subjectKeyId = readExtension(extensions, id_ce_subjectKeyIdentifier, SubjectKeyIdentifier);
  const authorityKeyId = readExtension(extensions, id_ce_authorityKeyIdentifier, AuthorityKeyIdentifier);
  const scheme = signatureScheme(certificate.signatureAlgorithm);
  if (!sameAlgorithm(certificate.signatureAlgorithm, tbs.signature)) {
    throw new BadCertificate("The certificate names two different signature algorithms.");
  }
  return {
    der,
    tbs: new Uint8Array(certificate.tbsCertificateRaw),
    version: (tbs.version + 1) as 1 | 2 | 3,
    serial: serialHex(tbs.serialNumber),
    issuerName: tbs.issuer,
    issuer: nameText(tbs.issuer),
    subjectName: tbs.subject,
    subject: nameText(tbs.subject),
    spki: encodeDer(tbs.subjectPublicKeyInfo),
    publicKeyBits: new Uint8Array(tbs.subjectPublicKeyInfo.subjectPublicKey),
    notBefore: tbs.validity.notBefore.getTime(),
    notAfter: tbs.validity.notAfter.getTime(),
    extensions,
    ...(subjectKeyId && { subjectKeyId: hex(subjectKeyId.buffer) }),
    ...(authorityKeyId?.keyIdentifier && { authorityKeyId: hex(authorityKeyId.keyIdentifier.buffer) }),
    ...(scheme && { scheme }),
    signature: new Uint8Array(certificate.signatureValue),
  };
}

/** Inside and outside of what is signed, the algorithm must be the same (RFC 5280 §4.1.1.2, §5.1.1.2). */
export const sameAlgorithm = (one: AlgorithmIdentifier, other: AlgorithmIdentifier): boolean =>
  one.algorithm === other.algorithm && !one.parameters === !other.parameters;

/**
 * The value of one extension; nothing when it is not there. Not held to strict DER as messages are (der.ts): it
 * stands inside what a CA signed, so nobody else can choose its form. Throws {@link BadCertificate}.
 */
export function readExtension<T>(
  extensions: ReadonlyMap<string, CertificateExtension>,
  oid: string,
  type: new () => T,
): T | undefined {
  const extension = extensions.get(oid);
  try {
    return extension && AsnConvert.parse(extension.value, type);
  } catch {
    throw new BadCertificate(`The extension ${oid} cannot be read.`);
  }
}

/** A serial number as lower-case hex. Throws {@link BadCertificate} unless 0 < serial < 2^159 (RFC 5280 §4.1.2.2). */
export function serialHex(content: ArrayBuffer): string {
  const text = hex(content).replace(/^(00)+/, "");
  const negative = (new Uint8Array(content)[0] ?? 0) >= 0x80;
  if (negative || text === "" || content.byteLength > 20)
    throw new BadCertificate("The serial number is out of range.");
  return text;
}
