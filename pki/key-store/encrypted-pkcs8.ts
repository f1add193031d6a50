import { createPrivateKey, type KeyObject } from "node:crypto";
import { PKCS8ShroudedKeyBag, PrivateKeyInfo } from "pkijs";
import { pem } from "../pem.ts";

/**
 * PBKDF2-HMAC-SHA256 rounds for a passphrase that a person chose, after OWASP's advice (2023): about 0.2 s for each key.
 * node:crypto's own export would use 2,048, which a graphics card tries thousands of times a second.
 */
const roundsForPerson = 600_000;
/**
 * For 32 random bytes in base64url, as the engine makes its own (workers/keys.ts): 2^256 tries are out of reach at any
 * count, so stretching would protect nothing and delay each start of a process by 0.2 s for each key.
 */
const roundsForRandom = 2_048;
const random = /^[A-Za-z0-9_-]{43}$/;

/**
 * A private key as `ENCRYPTED PRIVATE KEY` PEM (RFC 7468 §11): EncryptedPrivateKeyInfo of PKCS#8 (RFC 5958)
 * with PBES2, PBKDF2-HMAC-SHA256 and AES-256-CBC (RFC 8018).
 */
export async function encryptPrivateKey(key: KeyObject, passphrase: string): Promise<string> {
  const pkcs8 = key.export({ format: "der", type: "pkcs8" });
  const bag = new PKCS8ShroudedKeyBag({ parsedValue: PrivateKeyInfo.fromBER(new Uint8Array(pkcs8)) });
  await bag.makeInternalValues({
    password: new TextEncoder().encode(passphrase).buffer,
    contentEncryptionAlgorithm: { name: "AES-CBC", length: 256 },
    hmacHashAlgorithm: "SHA-256",
    iterationCount: random.test(passphrase) ? roundsForRandom : roundsForPerson,
  });
  return pem("ENCRYPTED PRIVATE KEY", new Uint8Array(bag.toSchema().toBER()));
}

/** Opens what {@link encryptPrivateKey} made, or any PKCS#8 PEM OpenSSL reads. Throws on a wrong passphrase. */
export const decryptPrivateKey = (text: string, passphrase: string): KeyObject =>
  createPrivateKey({ key: text, format: "pem", passphrase });
