import { randomBytes } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { defaultPayloadConverter } from "@temporalio/common";
import { type CodecKeys, EncryptionCodec } from "../../../client/data-converter/payload-codec.ts";

const ring = (current: string, ...ids: string[]): CodecKeys => ({
  current,
  keys: new Map(ids.map((id) => [id, randomBytes(32)])),
});
const value = { enrolmentId: "e1", note: "secret-marker" };
const payload = () => defaultPayloadConverter.toPayload(value);

describe("encrypting codec", () => {
  test("ok/encrypted and decrypted, a payload is the same", async () => {
    const codec = new EncryptionCodec(ring("k1", "k1"));
    const [decoded] = await codec.decode(await codec.encode([payload()]));
    expect(defaultPayloadConverter.fromPayload(decoded!)).toEqual(value);
  });

  test("ok/neither data nor metadata has any of the plaintext", async () => {
    const [encrypted] = await new EncryptionCodec(ring("k1", "k1")).encode([payload()]);
    const all = Buffer.concat([encrypted!.data!, ...Object.values(encrypted!.metadata!)]).toString("latin1");
    expect(all).not.toContain("secret-marker");
    expect(all).not.toContain("json/plain");
  });

  test("ok/after rotation the old key still opens old payloads, and new ones carry the new key", async () => {
    const old = ring("k1", "k1");
    const [encrypted] = await new EncryptionCodec(old).encode([payload()]);
    const rotated = new EncryptionCodec({
      current: "k2",
      keys: new Map([...old.keys, ["k2", randomBytes(32)]]),
    });
    const [decoded] = await rotated.decode([encrypted!]);
    expect(defaultPayloadConverter.fromPayload(decoded!)).toEqual(value);
    const [renewed] = await rotated.encode([payload()]);
    expect(Buffer.from(renewed!.metadata!["encryption-key-id"]!).toString()).toBe("k2");
  });

  test("fail/a key that is not in the ring is named", async () => {
    const [encrypted] = await new EncryptionCodec(ring("k1", "k1")).encode([payload()]);
    await expect(new EncryptionCodec(ring("k2", "k2")).decode([encrypted!])).rejects.toThrow(
      /"k1".*restore it/,
    );
  });

  test("fail/a changed payload does not open", async () => {
    const codec = new EncryptionCodec(ring("k1", "k1"));
    const [encrypted] = await codec.encode([payload()]);
    encrypted!.data![20]! ^= 1;
    await expect(codec.decode([encrypted!])).rejects.toThrow();
  });

  test("fail/the key id cannot be swapped for another key's", async () => {
    const keys = ring("k1", "k1", "k2");
    const codec = new EncryptionCodec(keys);
    const [encrypted] = await codec.encode([payload()]);
    encrypted!.metadata!["encryption-key-id"] = Buffer.from("k2");
    await expect(codec.decode([encrypted!])).rejects.toThrow();
  });
});
