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

/** A parsed X.509 certificate (RFC 5280 §4.1), as plain values that share its memory. */
export interface Certificate {
  der: Uint8Array;
  /** The signed part, as encoded. */
  tbs: Uint8Array;
  version: 1 | 2 | 3;
  /** Lower-case hex of the number without padding; a negative one with a minus and in two's complement. */
  serial: string;
  issuer: Name;
  subject: Name;
  notBefore: Date;
  notAfter: Date;
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array;
  /** Content of the BIT STRING of the public key, whose SHA-1 identifies it in OCSP. */
  publicKeyBits: Uint8Array;
  extensions: ReadonlyMap<string, Extension>;
  /** The key identifiers, hex, if the certificate has them. */
  subjectKeyId?: string;
  authorityKeyId?: string;
  signatureAlgorithm: AlgorithmIdentifier;
  /** Key type and hash of the CA's signature; absent if unknown or too weak. */
  scheme?: SignatureScheme;
  signature: Uint8Array;
}

/**
 * Parses a certificate from DER.
 * @throws NotDer
 * @throws BadCertificate if an extension is repeated, or the two signature algorithms differ
 */
export const readCertificate = (der: Uint8Array): Certificate => readDer(der, "certificate", certificateAt);

/** Consumes a certificate inside a larger structure. @throws NotDer, BadCertificate */
export function certificateAt(cursor: Cursor): Certificate {
  const parts = certificatePartsAt(cursor);
  const { der, tbs, spki, publicKeyBits, signatureAlgorithm, signature } = parts;
  if (!sameAlgorithm(signatureAlgorithm, parts.signedAlgorithm))
    throw new BadCertificate("The certificate has two different signature algorithms.");
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
