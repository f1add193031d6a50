import { type Cursor, constructedTag, NotDer, primitiveTag, readDer, tags } from "../der/cursor.ts";
import { type AlgorithmIdentifier, readAlgorithm } from "./algorithm.ts";
import { extensionList, type NamedExtension } from "./extension.ts";

/**
 * The parts of a certificate as they stand (RFC 5280 §4.1): what contradicts or repeats itself too. For whom has to say
 * what is wrong with a certificate; everybody else takes readCertificate (certificate.ts), which refuses it.
 */
export interface CertificateParts {
  der: Uint8Array;
  /** The signed part, as it was encoded. */
  tbs: Uint8Array;
  /** 1 for v1; above 3, no version that there is. */
  version: number;
  /** Content of the INTEGER. */
  serial: Uint8Array;
  /** The algorithm that the signed part names. */
  signedAlgorithm: AlgorithmIdentifier;
  /** Name, DER. */
  issuer: Uint8Array;
  /** Time, DER. */
  notBefore: Uint8Array;
  notAfter: Uint8Array;
  /** Name, DER. */
  subject: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array;
  /** Content of the BIT STRING of the public key. */
  publicKeyBits: Uint8Array;
  /** Whether it has an issuerUniqueID or a subjectUniqueID (RFC 5280 §4.1.2.8). */
  hasUniqueIdentifier: boolean;
  /** In their order; one may be there twice. */
  extensions: readonly NamedExtension[];
  /** The algorithm beside the signature. */
  signatureAlgorithm: AlgorithmIdentifier;
  signature: Uint8Array;
}

/** The parts of a certificate in DER. Names, times and what is inside extensions are not read. @throws NotDer */
export const readCertificateParts = (der: Uint8Array): CertificateParts =>
  readDer(der, "certificate", certificatePartsAt);

/** Passes a certificate. @throws NotDer */
export function certificatePartsAt(cursor: Cursor): CertificateParts {
  const start = cursor.at;
  const outer = cursor.enter();
  const tbsStart = outer.at;
  const tbs = outer.enter();
  const signed = cursor.bytes.subarray(tbsStart, outer.at);
  const signatureAlgorithm = readAlgorithm(outer);
  const signature = outer.octetAlignedBits();
  outer.finish();

  const version = readVersion(tbs);
  const serial = tbs.integer();
  const signedAlgorithm = readAlgorithm(tbs);
  const issuer = tbs.whole(tags.sequence);
  const validity = tbs.enter();
  const [notBefore, notAfter] = [validity.any(), validity.any()];
  validity.finish();
  const subject = tbs.whole(tags.sequence);
  const spkiStart = tbs.at;
  const publicKey = tbs.enter();
  const spki = cursor.bytes.subarray(spkiStart, tbs.at);
  readAlgorithm(publicKey);
  const publicKeyBits = publicKey.octetAlignedBits();
  publicKey.finish();
  const hasUniqueIdentifier = tbs.tag === primitiveTag(1) || tbs.tag === primitiveTag(2);
  for (const unique of [1, 2]) if (tbs.tag === primitiveTag(unique)) tbs.bitString(primitiveTag(unique));
  const explicit = tbs.enterIf(constructedTag(3));
  const extensions = explicit ? extensionList(explicit) : [];
  explicit?.finish();
  tbs.finish();

  return {
    der: cursor.bytes.subarray(start, cursor.at),
    tbs: signed,
    version,
    serial,
    signedAlgorithm,
    issuer,
    notBefore,
    notAfter,
    subject,
    spki,
    publicKeyBits,
    hasUniqueIdentifier,
    extensions,
    signatureAlgorithm,
    signature,
  };
}

/** DEFAULT v1 is not encoded (X.690 §11.5). */
function readVersion(tbs: Cursor): number {
  const explicit = tbs.enterIf(constructedTag(0));
  if (!explicit) return 1;
  const version = explicit.smallInteger();
  explicit.finish();
  if (version === 0) throw new NotDer("a version v1 that is encoded");
  return version + 1;
}
