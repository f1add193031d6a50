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
 * The key as WebCrypto wants it for signing certificates, CRLs and OCSP answers (RSASSA-PKCS1-v1_5).
 * Keys of issuers are few and importing one takes as long as signing: they are kept.
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
 * Keys made ahead of need, since RSA keys take a tenth of a second and more.
 *
 * The first `take` starts it; it then keeps `ready` keys, one being made at a time.
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

  /** Stops making keys and waits for the one in hand. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#filling;
  }

  async #fill(): Promise<void> {
    while (!this.#closed && this.#keys.length < this.#ready) this.#keys.push(await generateRsaKey());
  }
}
