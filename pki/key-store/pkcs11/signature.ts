import { createHash, webcrypto } from "node:crypto";
import { ECDSASigValue } from "@peculiar/asn1-ecc";
import { DigestInfo, sha256 } from "@peculiar/asn1-rsa";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import type { SignatureAlgorithm } from "../key-store.ts";
import { digestOf } from "../signature-algorithm.ts";

/** Octets that are hashed in about a millisecond; more (a CRL of a million entries) is hashed off the event loop. */
const smallOctets = 1_000_000;

/** The DigestInfo of RSASSA-PKCS1-v1_5 with SHA-256 ends with its digest, so the prefix is computed once. */
const digestInfoOfZeros = new Uint8Array(
  AsnConvert.serialize(new DigestInfo({ digestAlgorithm: sha256, digest: new OctetString(32) })),
);

/** The input of the token's signature over `data`, and its mechanism (PKCS#11 v2.40 §2.1.7, §2.3.6): always small. */
export async function tokenInput(
  algorithm: SignatureAlgorithm,
  data: Uint8Array,
): Promise<{ mechanism: "ECDSA" | "RSA_PKCS"; data: Uint8Array }> {
  const digest = await digestFor(digestOf(algorithm), data);
  if (algorithm !== "sha256WithRSAEncryption") return { mechanism: "ECDSA", data: digest };
  const info = digestInfoOfZeros.slice();
  info.set(digest, info.length - digest.length);
  return { mechanism: "RSA_PKCS", data: info };
}

/** The signature in X.509 form: a token returns r ‖ s for ECDSA (PKCS#11 v2.40 §2.3.1). */
export function x509Signature(algorithm: SignatureAlgorithm, signature: Uint8Array): Uint8Array {
  if (algorithm === "sha256WithRSAEncryption") return new Uint8Array(signature);
  const half = signature.length / 2;
  const value = new ECDSASigValue({
    r: unsigned(signature.subarray(0, half)),
    s: unsigned(signature.subarray(half)),
  });
  return new Uint8Array(AsnConvert.serialize(value));
}

async function digestFor(name: "sha256" | "sha384", data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (data.length <= smallOctets) return new Uint8Array(createHash(name).update(data).digest());
  const webName = name === "sha256" ? "SHA-256" : "SHA-384";
  return new Uint8Array(await webcrypto.subtle.digest(webName, new Uint8Array(data)));
}

/** A positive INTEGER in ECDSASigValue: no unnecessary zeros, and one if the first bit is set. */
function unsigned(octets: Uint8Array): ArrayBuffer {
  const first = octets.findIndex((octet) => octet !== 0);
  const minimal = first < 0 ? [0] : octets.subarray(first);
  return Uint8Array.from((minimal[0] ?? 0) & 0x80 ? [0, ...minimal] : minimal).buffer;
}
