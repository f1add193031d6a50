import { createPublicKey, verify } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { makeWebCryptoDeviceKey, webCryptoDeviceKey } from "../../../client/app/device-key.ts";

const message = new TextEncoder().encode("to be signed");
const verifies = (spki: Uint8Array, signature: Uint8Array) =>
  verify(
    "sha256",
    message,
    createPublicKey({ key: Buffer.from(spki), type: "spki", format: "der" }),
    signature,
  );

describe("a device key in WebCrypto", () => {
  test("ok/its signatures are ECDSA in DER, also where r or s is short or starts with a high bit", async () => {
    const key = await makeWebCryptoDeviceKey();
    // One in 128 has an r or s of less than 32 bytes; half have one that needs a leading zero.
    const signatures = await Promise.all(Array.from({ length: 600 }, () => key.sign(message)));
    expect(signatures.filter((signature) => !verifies(key.spki, signature))).toEqual([]);
    expect(new Set(signatures.map(({ length }) => length)).size).toBeGreaterThan(2);
  });

  test("ok/a JWK gives the same key again", async () => {
    const first = await makeWebCryptoDeviceKey({ extractable: true });
    const jwk = await crypto.subtle.exportKey("jwk", first.privateKey);
    const again = await makeWebCryptoDeviceKey({ jwk });
    expect(again.spki).toEqual(first.spki);
    expect(verifies(first.spki, await again.sign(message))).toBe(true);
    expect(again.privateKey.extractable).toBe(false);
  });

  test("ok/a key that cannot be exported goes through a structured clone, as into IndexedDB", async () => {
    const { privateKey, spki } = await makeWebCryptoDeviceKey();
    const again = webCryptoDeviceKey(structuredClone({ privateKey, spki }));
    expect(verifies(spki, await again.sign(message))).toBe(true);
  });

  test("fail/the private key cannot be read out unless asked for", async () => {
    const { privateKey } = await makeWebCryptoDeviceKey();
    await expect(crypto.subtle.exportKey("pkcs8", privateKey)).rejects.toThrow();
  });

  test.each([
    ["a public key", { d: undefined }],
    ["another curve", { crv: "P-384" }],
    ["another kind", { kty: "OKP" }],
  ])("fail/%s as a JWK", async (_, change) => {
    const { privateKey } = await makeWebCryptoDeviceKey({ extractable: true });
    const jwk = { ...(await crypto.subtle.exportKey("jwk", privateKey)), ...change };
    await expect(
      makeWebCryptoDeviceKey({ jwk: jwk as Record<string, string> & { kty: string } }),
    ).rejects.toThrow(TypeError);
  });
});
