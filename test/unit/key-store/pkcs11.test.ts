import { describe, expect, test } from "@jest/globals";
import { keyIdPattern } from "../../../pki/key-store/key-store.ts";
import { openPkcs11KeyStore } from "../../../pki/key-store/pkcs11/open.ts";

/** What can be said of the PKCS#11 key store where there is no token; test/judges has one. */

const pin = "0815-secret-pin";
const refusal = async (module: string): Promise<Error & { code?: string }> => {
  const outcome = await openPkcs11KeyStore({ module, token: "ca", pin }).catch((error: unknown) => error);
  return outcome as Error & { code?: string };
};

describe("a key store behind PKCS#11", () => {
  test.each([
    ["is not there", "/nonexistent/libhsm.so"],
    ["is none", new URL(import.meta.url).pathname],
  ])("fail/ the vendor's library %s: the error says what to do, without the PIN", async (_, module) => {
    const error = await refusal(module);
    expect(error).toMatchObject({ name: "KeyStoreError", code: "KEY_STORE_MISSING" });
    expect(error.message).toMatch(/correct the path|npm ci/);
    expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toContain(pin);
  });

  test("fail/ the optional package is not installed: the error says what to do", async () => {
    const hooks = `export async function resolve(name, context, next) {
      if (name === "graphene-pk11") throw new Error("not found");
      return next(name, context);
    }`;
    const dataUrl = (program: string) => `data:text/javascript,${encodeURIComponent(program)}`;
    const before = process.env["NODE_OPTIONS"];
    const register = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(hooks))});`;
    process.env["NODE_OPTIONS"] = `--import ${dataUrl(register)}`;
    try {
      const error = await refusal("/nonexistent/libhsm.so");
      expect(error).toMatchObject({ code: "KEY_STORE_MISSING" });
      expect(error.message).toContain("graphene-pk11");
      expect(error.message).toContain("npm ci");
    } finally {
      if (before === undefined) delete process.env["NODE_OPTIONS"];
      else process.env["NODE_OPTIONS"] = before;
    }
  });
});

describe("ids of keys", () => {
  test.each(["a", "g1-issuing", "0", "a".repeat(64)])("ok/ %s", (id) => {
    expect(keyIdPattern.test(id)).toBe(true);
  });

  test.each(["", "-a", "a-", "A", "a b", "../a", "a.pem", "鍵", "a\n", "a".repeat(65)])("fail/ %j", (id) => {
    expect(keyIdPattern.test(id)).toBe(false);
  });
});
