import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { expect, test } from "@jest/globals";
import { RelatedRsaKeys } from "../../../simulators/j-lis/related-rsa-keys.ts";
import { openssl } from "../ca/openssl.ts";

test("ok/each key is another, of 2,048 bits, and OpenSSL finds it consistent", async () => {
  const keys = new RelatedRsaKeys();
  const pems = await Promise.all(Array.from({ length: 15 }, () => keys.next()));
  expect(new Set(pems).size).toBe(15);
  const modulus = (pem: string): string => String(createPublicKey(pem).export({ format: "jwk" }).n);
  expect(new Set(pems.map(modulus)).size).toBe(15);
  for (const pem of pems) {
    const key = createPrivateKey(pem);
    expect(key.asymmetricKeyDetails).toEqual({ modulusLength: 2_048, publicExponent: 65_537n });
    expect(openssl(["rsa", "-check", "-noout"], Buffer.from(pem))).toBe("RSA key ok\n");
    const data = Buffer.from("data");
    expect(verify("sha256", data, createPublicKey(pem), sign("sha256", data, key))).toBe(true);
  }
});
