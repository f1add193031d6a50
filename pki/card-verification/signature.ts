import { type KeyObject, verify } from "node:crypto";
import type { AlgorithmIdentifier } from "@peculiar/asn1-x509";

/** SHA-256 or stronger; SHA-1 and MD5 are refused by not being here. */
export type Hash = "sha256" | "sha384" | "sha512";
type KeyType = "rsa" | "ec";

/** NIST hash algorithms (RFC 5754 §2). */
const digests: Record<string, Hash> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** Signature algorithms with their hash (RFC 4055 §5, RFC 5758 §3.2). RSASSA-PSS is not in the profile. */
const signatures: Record<string, { key: KeyType; hash: Hash }> = {
  "1.2.840.113549.1.1.11": { key: "rsa", hash: "sha256" },
  "1.2.840.113549.1.1.12": { key: "rsa", hash: "sha384" },
  "1.2.840.113549.1.1.13": { key: "rsa", hash: "sha512" },
  "1.2.840.10045.4.3.2": { key: "ec", hash: "sha256" },
  "1.2.840.10045.4.3.3": { key: "ec", hash: "sha384" },
  "1.2.840.10045.4.3.4": { key: "ec", hash: "sha512" },
};

/** CMS also names RSA without a hash, which then is the signer's digest algorithm (RFC 3370 §3.2). */
const rsaEncryption = "1.2.840.113549.1.1.1";

/** The parser gives `null` for NULL and leaves the field out when it is absent; nothing else is allowed. */
const plain = (algorithm: AlgorithmIdentifier): boolean =>
  algorithm.parameters === undefined || algorithm.parameters === null;

/** The hash of a digest algorithm, or nothing when it is unknown or too weak. */
export const digestHash = (algorithm: AlgorithmIdentifier): Hash | undefined =>
  plain(algorithm) ? digests[algorithm.algorithm] : undefined;

/** Key type and hash of a signature algorithm. `digest` is what `rsaEncryption` stands for, in CMS alone. */
export function signatureScheme(
  algorithm: AlgorithmIdentifier,
  digest?: Hash,
): { key: KeyType; hash: Hash } | undefined {
  if (!plain(algorithm)) return undefined;
  if (digest && algorithm.algorithm === rsaEncryption) return { key: "rsa", hash: digest };
  const scheme = signatures[algorithm.algorithm];
  return digest && scheme && scheme.hash !== digest ? undefined : scheme;
}

/** Verifies PKCS#1 v1.5 or ECDSA (DER). False too when the key is of another type than the algorithm. */
export function verifySignature(
  scheme: { key: KeyType; hash: Hash },
  data: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  return key.asymmetricKeyType === scheme.key && verify(scheme.hash, data, key, signature);
}
