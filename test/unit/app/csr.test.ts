import { describe, expect, test } from "@jest/globals";
import { certificateRequest } from "../../../client/app/csr.ts";
import { makeWebCryptoDeviceKey } from "../../../client/app/device-key.ts";
import { openssl } from "./openssl.ts";

const judge = (csr: Uint8Array) =>
  openssl({ csr }, "req", "-inform", "DER", "-in", "csr", "-verify", "-noout", "-subject", "-pubkey");

describe("the certificate request", () => {
  test("ok/openssl verifies its signature, finds no subject and our key", async () => {
    const key = await makeWebCryptoDeviceKey();
    const { code, text } = await judge(await certificateRequest(key));
    expect(text).toMatch(/verify OK/);
    expect(text).toMatch(/^subject=\s*$/m);
    expect(text.replaceAll(/\s/g, "")).toContain(Buffer.from(key.spki).toString("base64"));
    expect(code).toBe(0);
  });

  test("fail/openssl refuses it when another key signed", async () => {
    const [key, other] = await Promise.all([makeWebCryptoDeviceKey(), makeWebCryptoDeviceKey()]);
    const { text } = await judge(await certificateRequest({ ...other, spki: key.spki }));
    expect(text).not.toMatch(/verify OK/);
  });
});
