import { createHash, randomBytes, X509Certificate } from "node:crypto";
import * as asn1js from "asn1js";
import {
  Certificate,
  type Extension,
  PublicKeyInfo,
  RelativeDistinguishedNames,
  Time,
  TimeType,
} from "pkijs";
import { distinguishedName, type Name } from "./distinguished-names.ts";
import {
  type AuthorityKind,
  authorityExtensions,
  authorityName,
  responderExtensions,
  responderName,
} from "./profile.ts";
import { generateRsaKey, publicKeyInfo, signingKey } from "./rsa-keys.ts";
import { signatureEngine } from "./signature-engine.ts";

/** One key of a CA, as stored. Generations of one CA have the same name. */
export interface Generation {
  kind: AuthorityKind;
  /** subjectKeyIdentifier: SHA-1 of the public key's bits (RFC 5280 §4.2.1.2 (1)), in hex. */
  keyId: string;
  /** PKCS#8 in PEM. */
  privateKey: string;
  /** DER in base64. */
  certificate: string;
  responder: { privateKey: string; certificate: string };
}

/** The content of a certificate, except issuer and serial number. */
export interface Template {
  subject: Name;
  /** The subject's private key (PEM): only its public part goes in. */
  privateKey: string;
  notBefore: Date;
  notAfter: Date;
  extensions: Extension[];
}

export interface Issuer {
  name: Name | RelativeDistinguishedNames;
  privateKey: string;
}

const day = 24 * 60 * 60 * 1_000;

/** The validity of a generation, in days: real ones have ten years. */
const generationDays = 3_652;

/** A new CA key of this kind with its self-signed certificate and its OCSP responder; `name` for another CA. */
export async function makeGeneration(
  kind: AuthorityKind,
  now: Date,
  name: Name = authorityName(kind),
): Promise<Generation> {
  const [privateKey, responderKey] = await Promise.all([generateRsaKey(), generateRsaKey()]);
  const keyId = keyIdentifier(publicKeyInfo(privateKey));
  const issuer: Issuer = { name, privateKey };
  const validity = {
    // A CRL is dated the start of the day, or of the day before: the CA must be older than both.
    notBefore: new Date(now.getTime() - 3 * day),
    notAfter: new Date(now.getTime() + generationDays * day),
  };
  const root = await signCertificate(issuer, {
    subject: name,
    privateKey,
    ...validity,
    extensions: authorityExtensions(kind, keyId),
  });
  const responder = await signCertificate(issuer, {
    subject: responderName(kind),
    privateKey: responderKey,
    ...validity,
    extensions: responderExtensions(keyId),
  });
  return {
    kind,
    keyId: keyId.toString("hex"),
    privateKey,
    certificate: root.der.toString("base64"),
    responder: { privateKey: responderKey, certificate: responder.der.toString("base64") },
  };
}

/** Signs a certificate with a random serial of 63 bits. Returns its DER and the serial as {@link serialHex}. */
export async function signCertificate(
  issuer: Issuer,
  template: Template,
): Promise<{ der: Buffer; serial: string }> {
  const serial = randomBytes(8);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive, and always eight bytes
  const certificate = new Certificate({
    version: 2,
    serialNumber: new asn1js.Integer({ valueHex: new Uint8Array(serial).buffer }),
    issuer: issuer.name instanceof RelativeDistinguishedNames ? issuer.name : distinguishedName(issuer.name),
    subject: distinguishedName(template.subject),
    notBefore: utcTime(template.notBefore),
    notAfter: utcTime(template.notAfter),
    subjectPublicKeyInfo: PublicKeyInfo.fromBER(new Uint8Array(publicKeyInfo(template.privateKey)).buffer),
    extensions: template.extensions,
  });
  await certificate.sign(await signingKey(issuer.privateKey), "SHA-256", signatureEngine);
  return { der: Buffer.from(certificate.toSchema(true).toBER()), serial: serialHex(serial) };
}

/** A serial number as lower-case hex without leading zero bytes, the form compared everywhere here. */
export function serialHex(serial: Uint8Array): string {
  const text = Buffer.from(serial)
    .toString("hex")
    .replace(/^(?:00)+/, "");
  return text === "" ? "00" : text;
}

/** notBefore of a certificate (DER in base64): its time of issue, except for some minted ones. */
export const notBefore = (der: string): Date =>
  new Date(new X509Certificate(Buffer.from(der, "base64")).validFrom);

/** The bits of subjectPublicKey in a SubjectPublicKeyInfo, from which key identifiers are computed. */
export function publicKeyBits(spki: Uint8Array): Uint8Array {
  return PublicKeyInfo.fromBER(new Uint8Array(spki).buffer).subjectPublicKey.valueBlock.valueHexView;
}

export const keyIdentifier = (spki: Uint8Array): Buffer =>
  createHash("sha1").update(publicKeyBits(spki)).digest();

/** A time as encoded in certificates and CRLs through 2049 (RFC 5280 §4.1.2.5.1). */
export const utcTime = (date: Date): Time => new Time({ type: TimeType.UTCTime, value: wholeSeconds(date) });

/** DER times have no fractions. */
export const wholeSeconds = (date: Date): Date => new Date(Math.floor(date.getTime() / 1_000) * 1_000);

/** A certificate in PEM (RFC 7468). */
export const pem = (base64: string, label = "CERTIFICATE"): string =>
  `-----BEGIN ${label}-----\n${base64.replace(/.{64}(?=.)/g, "$&\n")}\n-----END ${label}-----\n`;
