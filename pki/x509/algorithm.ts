import { sameBytes } from "../der/bytes.ts";
import { type Cursor, tags } from "../der/cursor.ts";

/** AlgorithmIdentifier (RFC 5280 §4.1.1.2). */
export interface AlgorithmIdentifier {
  oid: string;
  /** DER of the parameters, if any. */
  parameters?: Uint8Array;
}

/** SHA-256 or stronger; SHA-1 and MD5 are not listed and therefore refused. */
export type Hash = "sha256" | "sha384" | "sha512";

/** The key type and hash of a signature: RSA PKCS#1 v1.5 or ECDSA. */
export interface SignatureScheme {
  key: "rsa" | "ec";
  hash: Hash;
}

/** Consumes an AlgorithmIdentifier. @throws NotDer */
export function readAlgorithm(cursor: Cursor, tag: number = tags.sequence): AlgorithmIdentifier {
  const sequence = cursor.enter(tag);
  const oid = sequence.objectIdentifier();
  const parameters = sequence.ended ? undefined : sequence.any();
  sequence.finish();
  return { oid, ...(parameters && { parameters }) };
}

/** The algorithm inside the signed part and outside it must be the same (RFC 5280 §4.1.1.2, §5.1.1.2). */
export function sameAlgorithm(one: AlgorithmIdentifier, other: AlgorithmIdentifier): boolean {
  const none = new Uint8Array();
  return one.oid === other.oid && sameBytes(one.parameters ?? none, other.parameters ?? none);
}

/** NIST hash algorithms (RFC 5754 §2). */
const digests: Record<string, Hash> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** Signature algorithms with their hash (RFC 4055 §5, RFC 5758 §3.2). RSASSA-PSS is not in the profile. */
const signatures: Record<string, SignatureScheme> = {
  "1.2.840.113549.1.1.11": { key: "rsa", hash: "sha256" },
  "1.2.840.113549.1.1.12": { key: "rsa", hash: "sha384" },
  "1.2.840.113549.1.1.13": { key: "rsa", hash: "sha512" },
  "1.2.840.10045.4.3.2": { key: "ec", hash: "sha256" },
  "1.2.840.10045.4.3.3": { key: "ec", hash: "sha384" },
  "1.2.840.10045.4.3.4": { key: "ec", hash: "sha512" },
};

/** CMS also has RSA without a hash, which is then the signer's digest algorithm (RFC 3370 §3.2). */
const rsaEncryption = "1.2.840.113549.1.1.1";

/** Parameters must be absent or NULL, which are equivalent here. */
const isPlain = ({ parameters }: AlgorithmIdentifier): boolean =>
  parameters === undefined || (parameters.length === 2 && parameters[0] === tags.null);

/** The hash of a digest algorithm; undefined if it is unknown or too weak. */
export const digestHash = (algorithm: AlgorithmIdentifier): Hash | undefined =>
  isPlain(algorithm) ? digests[algorithm.oid] : undefined;

/** Key type and hash of a signature algorithm. `digest` completes `rsaEncryption`, in CMS only. */
export function signatureScheme(algorithm: AlgorithmIdentifier, digest?: Hash): SignatureScheme | undefined {
  if (!isPlain(algorithm)) return undefined;
  if (digest && algorithm.oid === rsaEncryption) return { key: "rsa", hash: digest };
  const scheme = signatures[algorithm.oid];
  return digest && scheme && scheme.hash !== digest ? undefined : scheme;
}

const weakNames: Record<string, string> = {
  "1.2.840.113549.1.1.4": "MD5 with RSA",
  "1.2.840.113549.1.1.5": "SHA-1 with RSA",
  "1.2.840.10045.4.1": "SHA-1 with ECDSA",
  "1.2.840.10040.4.3": "SHA-1 with DSA",
  "1.2.840.113549.1.1.10": "RSASSA-PSS",
  "1.3.14.3.2.26": "SHA-1",
};

/** An unaccepted algorithm for a message, by name if it has a common one. */
export const algorithmName = ({ oid }: AlgorithmIdentifier): string => weakNames[oid] ?? oid;
