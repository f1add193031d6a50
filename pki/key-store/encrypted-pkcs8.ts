import { createPrivateKey, type KeyObject } from "node:crypto";
import { PKCS8ShroudedKeyBag, PrivateKeyInfo } from "pkijs";
import { pem } from "../pem.ts";

/**
 * PBKDF2-HMAC-SHA256 rounds, after OWASP's advice for passphrases (2023): about 0.2 s for each key. node:crypto's
 * own export would use 2,048, which a graphics card tries thousands of times a second.
 */
const iterationCount = 600_000;

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
    iterationCount,
  });
  return pem("ENCRYPTED PRIVATE KEY", new Uint8Array(bag.toSchema().toBER()));
}

/** Opens what {@link encryptPrivateKey} made, or any PKCS#8 PEM OpenSSL reads. Throws on a wrong passphrase. */
export const decryptPrivateKey = (text: string, passphrase: string): KeyObject =>
  createPrivateKey({ key: text, format: "pem", passphrase });
