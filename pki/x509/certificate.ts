import { hexOf } from "../der/bytes.ts";
import { Cursor, NotDer, readDer } from "../der/cursor.ts";
import { readTime } from "../der/read-time.ts";
import {
  type AlgorithmIdentifier,
  type SignatureScheme,
  sameAlgorithm,
  signatureScheme,
} from "./algorithm.ts";
import { certificatePartsAt } from "./certificate-parts.ts";
import { BadCertificate, type Extension, extensionsOnce, readExtension } from "./extension.ts";
import { authorityKeyIdentifier, subjectKeyIdentifier } from "./key-identifier.ts";
import { type Name, readName } from "./name.ts";
import { serialText } from "./serial-number.ts";

/** An X.509 certificate (RFC 5280 §4.1) read once: what the checks need, as plain values that share its memory. */
export interface Certificate {
  der: Uint8Array;
  /** The signed part, as it was encoded. */
  tbs: Uint8Array;
  version: 1 | 2 | 3;
  /** Lower-case hex of the number without padding; with a minus and in two's complement where it is negative. */
  serial: string;
  issuer: Name;
  subject: Name;
  notBefore: Date;
  notAfter: Date;
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array;
  /** Content of the BIT STRING of the public key, whose SHA-1 names it in OCSP. */
  publicKeyBits: Uint8Array;
  extensions: ReadonlyMap<string, Extension>;
  /** Hex of the key identifiers, where the certificate has them. */
  subjectKeyId?: string;
  authorityKeyId?: string;
  signatureAlgorithm: AlgorithmIdentifier;
  /** Key type and hash of the CA's signature; missing when unknown or too weak. */
  scheme?: SignatureScheme;
  signature: Uint8Array;
}

/**
 * A certificate from DER.
 * @throws NotDer
 * @throws BadCertificate where an extension stands there twice, or two algorithms are named
 */
export const readCertificate = (der: Uint8Array): Certificate => readDer(der, "certificate", certificateAt);

/** Passes a certificate that is part of something larger. @throws NotDer, BadCertificate */
export function certificateAt(cursor: Cursor): Certificate {
  const parts = certificatePartsAt(cursor);
  const { der, tbs, spki, publicKeyBits, signatureAlgorithm, signature } = parts;
  if (!sameAlgorithm(signatureAlgorithm, parts.signedAlgorithm))
    throw new BadCertificate("The certificate names two different signature algorithms.");
  const extensions = extensionsOnce(parts.extensions);
  const scheme = signatureScheme(signatureAlgorithm);
  const subjectKeyId = readExtension(extensions, subjectKeyIdentifier);
  const authorityKeyId = readExtension(extensions, authorityKeyIdentifier)?.keyId;
  return {
    der,
    tbs,
    version: knownVersion(parts.version),
    serial: serialText(parts.serial),
    issuer: readName(new Cursor(parts.issuer)),
    subject: readName(new Cursor(parts.subject)),
    notBefore: readTime(new Cursor(parts.notBefore)),
    notAfter: readTime(new Cursor(parts.notAfter)),
    spki,
    publicKeyBits,
    extensions,
    ...(subjectKeyId && { subjectKeyId: hexOf(subjectKeyId) }),
    ...(authorityKeyId && { authorityKeyId: hexOf(authorityKeyId) }),
    signatureAlgorithm,
    ...(scheme && { scheme }),
    signature,
  };
}

function knownVersion(version: number): 1 | 2 | 3 {
  if (version !== 1 && version !== 2 && version !== 3) throw new NotDer("an unknown version");
  return version;
}
