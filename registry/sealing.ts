import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** AES-256 keys by id. New data is sealed under `current`; older keys remain to open older data. */
export interface SealingKeys {
  current: string;
  keys: ReadonlyMap<string, Uint8Array>;
}

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encryption at rest of evidence and attributes: AES-256-GCM (NIST SP 800-38D), the key id in the clear, the row it belongs to
 * as additional data, so that a sealed value moved to another row does not decrypt.
 */
export class Sealer {
  readonly #keys: SealingKeys;

  constructor(keys: SealingKeys) {
    this.#keys = keys;
  }

  seal(plaintext: Uint8Array, row: string): Buffer {
    const id = Buffer.from(this.#keys.current, "ascii");
    const nonce = randomBytes(nonceBytes);
    const header = Buffer.concat([Buffer.from([version, id.length]), id]);
    const cipher = createCipheriv("aes-256-gcm", this.#key(this.#keys.current), nonce);
    cipher.setAAD(Buffer.concat([header, Buffer.from(row)]));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([header, nonce, body, cipher.getAuthTag()]);
  }

  /** Throws if the value was altered, moved to another row, or sealed under an unknown key. */
  open(sealed: Uint8Array, row: string): Buffer {
    const bytes = Buffer.from(sealed);
    if (bytes[0] !== version)
      throw new Error("A sealed value has an unknown version; was it written by a newer release?");
    const headerBytes = 2 + (bytes[1] ?? 0);
    const header = bytes.subarray(0, headerBytes);
    const nonce = bytes.subarray(headerBytes, headerBytes + nonceBytes);
    const decipher = createDecipheriv("aes-256-gcm", this.#key(header.toString("ascii", 2)), nonce);
    decipher.setAAD(Buffer.concat([header, Buffer.from(row)]));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    return Buffer.concat([
      decipher.update(bytes.subarray(headerBytes + nonceBytes, -tagBytes)),
      decipher.final(),
    ]);
  }

  #key(id: string): Uint8Array {
    const key = this.#keys.keys.get(id);
    if (!key)
      throw new Error(
        `The sealing key ${JSON.stringify(id)} is not in the key file; restore it from backup.`,
      );
    return key;
  }
}

/**
 * Keyed hash (HMAC-SHA-256) of a tuple. Parts are length-prefixed, so ("ab","c") and ("a","bc") differ, and `label` separates
 * the uses of one key.
 */
export function keyedHash(key: Uint8Array, label: string, ...parts: (string | Uint8Array)[]): Buffer {
  const mac = createHmac("sha256", key);
  for (const part of [label, ...parts]) {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    mac.update(length).update(bytes);
  }
  return mac.digest();
}

/** Compares two MACs in constant time. */
export const sameMac = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b);
