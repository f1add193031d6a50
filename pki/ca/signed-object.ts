import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { promisify } from "node:util";
import { ecdsaWithSHA256, ecdsaWithSHA384 } from "@peculiar/asn1-ecc";
import { id_sha256WithRSAEncryption } from "@peculiar/asn1-rsa";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import * as asn1js from "asn1js";
import type { KeyStore, SignatureAlgorithm } from "../key-store/key-store.ts";
import { digestOf } from "../key-store/signature-algorithm.ts";
import { bufferOf, encodeDer, sequenceOf } from "./der.ts";

/** Runs in the thread pool: a P-384 verification takes half a millisecond. */
const verifies = promisify(verify);

const identifiers: Record<SignatureAlgorithm, AlgorithmIdentifier> = {
  "ecdsa-with-SHA256": ecdsaWithSHA256,
  "ecdsa-with-SHA384": ecdsaWithSHA384,
  // The library's own constant of this name has the OID of SHA-512/256. NULL is required (RFC 4055 §5).
  sha256WithRSAEncryption: new AlgorithmIdentifier({
    algorithm: id_sha256WithRSAEncryption,
    parameters: null,
  }),
};

/** The AlgorithmIdentifier (RFC 5280 §4.1.1.2) of a signature algorithm. */
export const algorithmIdentifier = (algorithm: SignatureAlgorithm): AlgorithmIdentifier =>
  identifiers[algorithm];

/**
 * Signs the to-be-signed part (DER) of a certificate, CRL or OCSP response and returns the whole ({@link signedObject}), with
 * the part unchanged byte for byte.
 *
 * The signature is verified before it is returned, so that a faulty signer is found here and not by a relying party. Throws
 * if the key's algorithm is not `expected`, or if the signature is wrong.
 */
export async function signObject(
  { keyStore, keyId }: { keyStore: KeyStore; keyId: string },
  tbs: Uint8Array,
  expected: SignatureAlgorithm,
  ...after: readonly Uint8Array[]
): Promise<Uint8Array<ArrayBuffer>> {
  const { algorithm, signature } = await keyStore.sign(keyId, tbs);
  if (algorithm !== expected) {
    throw new Error(`The key "${keyId}" signs with ${algorithm}, but the content says ${expected}.`);
  }
  const key = publicKeyOf(await keyStore.publicKey(keyId));
  if (!(await verifies(digestOf(algorithm), tbs, { key, dsaEncoding: "der" }, signature))) {
    throw new Error(`The key "${keyId}" made a signature that does not verify; look at the key store.`);
  }
  return signedObject(tbs, algorithm, signature, ...after);
}

/** SEQUENCE { tbs, signatureAlgorithm, signature, ...after }, DER, of encoded parts. */
export function signedObject(
  tbs: Uint8Array,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
  ...after: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const bits = new asn1js.BitString({ valueHex: bufferOf(signature) });
  const parts = [tbs, encodeDer(algorithmIdentifier(algorithm)), new Uint8Array(bits.toBER()), ...after];
  return new Uint8Array(sequenceOf(...parts).toBER());
}

/** Cache of the CA's own few keys: parsing one takes longer than verifying with it. */
const publicKeys = new Map<string, KeyObject>();

function publicKeyOf(spki: Uint8Array): KeyObject {
  const der = Buffer.from(spki);
  const name = der.toString("base64");
  const key = publicKeys.get(name) ?? createPublicKey({ key: der, format: "der", type: "spki" });
  publicKeys.set(name, key);
  return key;
}
