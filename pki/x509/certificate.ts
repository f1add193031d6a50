import { hexOf } from "../der/bytes.ts";
import { constructedTag, type Cursor, NotDer, primitiveTag, readDer } from "../der/cursor.ts";
import { readTime } from "../der/time.ts";
import {
  type AlgorithmIdentifier,
  readAlgorithm,
  type SignatureScheme,
  sameAlgorithm,
  signatureScheme,
} from "./algorithm.ts";
import { BadCertificate, type Extension, readExtension, readExtensions } from "./extension.ts";
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
  const start = cursor.at;
  const outer = cursor.enter();
  const tbsStart = outer.at;
  const tbs = outer.enter();
  const signed = cursor.bytes.subarray(tbsStart, outer.at);
  const signatureAlgorithm = readAlgorithm(outer);
  const signature = outer.octetAlignedBits();
  outer.finish();

  const version = readVersion(tbs);
  const serial = serialText(tbs.integer());
  if (!sameAlgorithm(signatureAlgorithm, readAlgorithm(tbs)))
    throw new BadCertificate("The certificate names two different signature algorithms.");
  const issuer = readName(tbs);
  const validity = tbs.enter();
  const [notBefore, notAfter] = [readTime(validity), readTime(validity)];
  validity.finish();
  const subject = readName(tbs);
  const spkiStart = tbs.at;
  const publicKey = tbs.enter();
  const spki = cursor.bytes.subarray(spkiStart, tbs.at);
  readAlgorithm(publicKey);
  const publicKeyBits = publicKey.octetAlignedBits();
  publicKey.finish();
  for (const unique of [1, 2]) if (tbs.tag === primitiveTag(unique)) tbs.bitString(primitiveTag(unique));
  const explicit = tbs.enterIf(constructedTag(3));
  const extensions = explicit ? readExtensions(explicit) : new Map<string, Extension>();
  explicit?.finish();
  tbs.finish();

  const scheme = signatureScheme(signatureAlgorithm);
  const subjectKeyId = readExtension(extensions, subjectKeyIdentifier);
  const authorityKeyId = readExtension(extensions, authorityKeyIdentifier)?.keyId;
  return {
    der: cursor.bytes.subarray(start, cursor.at),
    tbs: signed,
    version,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
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

/** DEFAULT v1 is not encoded (X.690 §11.5). */
function readVersion(tbs: Cursor): 1 | 2 | 3 {
  const explicit = tbs.enterIf(constructedTag(0));
  if (!explicit) return 1;
  const version = explicit.smallInteger();
  explicit.finish();
  if (version !== 1 && version !== 2) throw new NotDer("a version that is encoded as v1 or unknown");
  return (version + 1) as 2 | 3;
}
