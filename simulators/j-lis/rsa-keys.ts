import { createPrivateKey, createPublicKey, generateKeyPair, webcrypto } from "node:crypto";
import { promisify } from "node:util";
import { RelatedRsaKeys } from "./related-rsa-keys.ts";

const generate = promisify(generateKeyPair);
const related = process.env["KAZASU_SIMULATOR_RSA"] === "related" ? new RelatedRsaKeys() : undefined;

/** Makes an RSA-2048 private key off the main thread; PKCS#8 in PEM. */
export async function generateRsaKey(): Promise<string> {
  if (related) return related.next();
  const { privateKey } = await generate("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

const imported = new Map<string, Promise<webcrypto.CryptoKey>>();

/**
 * The key in WebCrypto, for signing certificates, CRLs and OCSP responses (RSASSA-PKCS1-v1_5). Cached, because there are few
 * issuers' keys and importing one takes as long as signing.
 */
export function signingKey(privateKey: string): Promise<webcrypto.CryptoKey> {
  const key = imported.get(privateKey) ?? importKey(privateKey);
  imported.set(privateKey, key);
  return key;
}

async function importKey(privateKey: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(privateKey).export({ type: "pkcs8", format: "der" });
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  return webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

/** SubjectPublicKeyInfo (DER) of a private key. */
export const publicKeyInfo = (privateKey: string): Buffer =>
  createPublicKey(privateKey).export({ type: "spki", format: "der" });

/**
 * Keys generated in advance, because an RSA key takes a tenth of a second and more.
 *
 * The first `take` starts it; it then keeps `ready` keys, generating one at a time.
 */
export class KeyPool {
  readonly #ready: number;
  readonly #keys: string[] = [];
  #filling: Promise<void> | undefined;
  #closed = false;

  constructor(ready = 4) {
    this.#ready = ready;
  }

  async take(): Promise<string> {
    const key = this.#keys.shift() ?? (await generateRsaKey());
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
    return key;
  }

  /** Stops generating keys and waits for the current one. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#filling;
  }

  async #fill(): Promise<void> {
    while (!this.#closed && this.#keys.length < this.#ready) this.#keys.push(await generateRsaKey());
  }
}
