import { type Cursor, constructedTag, NotDer, primitiveTag, readDer, tags } from "../der/cursor.ts";
import { type AlgorithmIdentifier, readAlgorithm } from "./algorithm.ts";
import { extensionList, type NamedExtension } from "./extension.ts";

/**
 * The parts of a certificate as encoded (RFC 5280 §4.1), including contradictions and repetitions. For reporting what is wrong
 * with a certificate; otherwise use readCertificate (certificate.ts), which refuses such a certificate.
 */
export interface CertificateParts {
  der: Uint8Array;
  /** The signed part, as encoded. */
  tbs: Uint8Array;
  /** 1 for v1; versions above 3 do not exist. */
  version: number;
  /** Content of the INTEGER. */
  serial: Uint8Array;
  /** The algorithm inside the signed part. */
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
  /** In order, possibly with repetitions. */
  extensions: readonly NamedExtension[];
  /** The algorithm outside the signed part. */
  signatureAlgorithm: AlgorithmIdentifier;
  signature: Uint8Array;
}

/** The parts of a certificate in DER. Names, times and extension values are not parsed. @throws NotDer */
export const readCertificateParts = (der: Uint8Array): CertificateParts =>
  readDer(der, "certificate", certificatePartsAt);

/** Consumes a certificate. @throws NotDer */
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
