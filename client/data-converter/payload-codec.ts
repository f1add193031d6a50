import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { DataConverter, Payload, PayloadCodec } from "@temporalio/common";
// A CommonJS module whose names Node cannot detect: only its default export can be imported.
import proto from "@temporalio/proto";

/** AES-256 keys by id. New payloads use `current`; old keys remain, so that old histories can be read and replayed. */
export interface CodecKeys {
  current: string;
  keys: ReadonlyMap<string, Uint8Array>;
}

const encoding = "binary/encrypted";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts every payload before it leaves the process: AES-256-GCM, with the key id in the payload's metadata and in the
 * additional data. What Temporal stores and its UI shows is unreadable without the key file.
 */
export class EncryptionCodec implements PayloadCodec {
  readonly #keys: CodecKeys;

  constructor(keys: CodecKeys) {
    this.#keys = keys;
  }

  /** Encrypts each payload under the current key. */
  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.#encrypt(payload));
  }

  /** Unencrypted payloads are passed through, because Temporal itself adds some; a corrupt or foreign one throws. */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) =>
      text(payload.metadata?.["encoding"]) === encoding ? this.#decrypt(payload) : payload,
    );
  }

  #encrypt(payload: Payload): Payload {
    const id = this.#keys.current;
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#key(id), nonce);
    cipher.setAAD(Buffer.from(id));
    const plaintext = proto.temporal.api.common.v1.Payload.encode(payload).finish();
    const data = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    return { metadata: { encoding: Buffer.from(encoding), "encryption-key-id": Buffer.from(id) }, data };
  }

  #decrypt(payload: Payload): Payload {
    const id = text(payload.metadata?.["encryption-key-id"]);
    const data = Buffer.from(payload.data ?? []);
    const decipher = createDecipheriv("aes-256-gcm", this.#key(id), data.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.from(id));
    decipher.setAuthTag(data.subarray(-tagBytes));
    const plaintext = Buffer.concat([
      decipher.update(data.subarray(nonceBytes, -tagBytes)),
      decipher.final(),
    ]);
    return proto.temporal.api.common.v1.Payload.decode(plaintext);
  }

  #key(id: string): Uint8Array {
    const key = this.#keys.keys.get(id);
    if (!key)
      throw new Error(
        `A payload is encrypted under the codec key ${JSON.stringify(id)}, which is not in the key file; restore it from backup.`,
      );
    return key;
  }
}

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();

/** The data converter shared by workers and clients: the codec, which also encrypts failures. */
export const encryptingDataConverter = (keys: CodecKeys): DataConverter => ({
  payloadCodecs: [new EncryptionCodec(keys)],
  failureConverterPath: fileURLToPath(new URL("./failure-converter.cjs", import.meta.url)),
});
