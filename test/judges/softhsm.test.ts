import { execFileSync } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { KeyAlgorithm } from "../../pki/key-store/key-store.ts";
import { openPkcs11KeyStore, type Pkcs11KeyStore } from "../../pki/key-store/pkcs11/open.ts";
import { digestOf } from "../../pki/key-store/signature-algorithm.ts";
import { pem } from "../../pki/pem.ts";
import { makeToken, type SoftToken, softhsmModule, userPin } from "./softhsm-token.ts";

/** The PKCS#11 key store on a real library: SoftHSM. */

let token: SoftToken;
const opened: Pkcs11KeyStore[] = [];
const open = async (more: Partial<Parameters<typeof openPkcs11KeyStore>[0]> = {}) => {
  const store = await openPkcs11KeyStore({
    module: softhsmModule,
    token: token.label,
    pin: userPin,
    ...more,
  });
  opened.push(store);
  return store;
};
beforeAll(async () => {
  token = await makeToken();
});
afterAll(() => token?.remove());
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

/** The processes in which the sessions of this test run. */
const sessionsOfThisProcess = (): number[] =>
  execFileSync("ps", ["--ppid", String(process.pid), "-o", "pid=,args="])
    .toString()
    .split("\n")
    .filter((line) => line.includes("session.mjs"))
    .map((line) => Number.parseInt(line, 10));

const algorithms: KeyAlgorithm[] = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"];
const data = Buffer.from("to be signed");

describe("keys in a token", () => {
  test.each(algorithms)("ok/%s signs, and OpenSSL verifies it", async (algorithm) => {
    const store = await open();
    const id = `key-${algorithm.toLowerCase()}`;
    const spki = await store.generate(id, algorithm);
    const signed = await store.sign(id, data);
    const folder = mkdtempSync(join(tmpdir(), "kazasu-openssl-"));
    try {
      const at = (name: string) => join(folder, name);
      writeFileSync(at("key.pem"), pem("PUBLIC KEY", spki));
      writeFileSync(at("signature"), signed.signature);
      writeFileSync(at("data"), data);
      const digest = `-${digestOf(signed.algorithm)}`;
      const verified = ["-verify", at("key.pem"), "-signature", at("signature")];
      const said = execFileSync("openssl", ["dgst", digest, ...verified, at("data")]);
      expect(said.toString()).toContain("Verified OK");
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(await store.publicKey(id)).toEqual(spki);
    expect(await store.list()).toContain(id);
  });

  test("ok/the private part never leaves it, by the token's own word", async () => {
    const store = await open();
    await store.generate("guarded", "P-256");
    expect(await store.protection("guarded")).toEqual({
      sensitive: true,
      extractable: false,
      neverExtractable: true,
    });
  });

  test("fail/an id is never given to a second key", async () => {
    const store = await open();
    const spki = await store.generate("once", "P-256");
    await expect(store.generate("once", "P-256")).rejects.toMatchObject({ code: "KEY_EXISTS" });
    expect(await (await open()).publicKey("once")).toEqual(spki);
  });

  test("fail/a key there is not, an id that is none", async () => {
    const store = await open();
    await expect(store.sign("nobody", data)).rejects.toMatchObject({ code: "KEY_UNKNOWN" });
    await expect(store.generate("../up", "P-256")).rejects.toMatchObject({ code: "KEY_ID_INVALID" });
  });

  test("ok/two hundred signatures at once over four sessions", async () => {
    const store = await open({ sessions: 4 });
    const spki = await store.generate("busy", "P-256");
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const signed = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const text = Buffer.from(`number ${index}`);
        const { signature } = await store.sign("busy", text);
        return verify("sha256", text, { key, dsaEncoding: "der" }, signature);
      }),
    );
    expect(signed.every(Boolean)).toBe(true);
  });
});

describe("a device that has its moods", () => {
  test("ok/taken out: said at once, as something that passes; put back: goes on", async () => {
    const store = await open({ sessions: 1 });
    await store.generate("comes-back", "P-256");
    await store.sign("comes-back", data);
    await token.takeOut();
    // SoftHSM keeps what it has open: a session that is opened anew finds the slot empty.
    await expect(open()).rejects.toMatchObject({ code: "KEY_STORE_UNAVAILABLE" });
    await token.putBack();
    const { signature } = await store.sign("comes-back", data);
    expect(signature.length).toBeGreaterThan(60);
    await expect((await open()).sign("comes-back", data)).resolves.toMatchObject({
      algorithm: "ecdsa-with-SHA256",
    });
  });

  test("ok/the login is lost: logged in again, and signed", async () => {
    const before = process.env["NODE_OPTIONS"];
    process.env["NODE_OPTIONS"] = `--import ${new URL("./logs-out-once.mjs", import.meta.url).href}`;
    try {
      const store = await open({ sessions: 1 });
      await store.generate("logged-out", "P-256");
      await expect(store.sign("logged-out", data)).resolves.toMatchObject({ algorithm: "ecdsa-with-SHA256" });
    } finally {
      if (before === undefined) delete process.env["NODE_OPTIONS"];
      else process.env["NODE_OPTIONS"] = before;
    }
  });

  test("ok/the vendor's library crashes: another session takes its place", async () => {
    const store = await open({ sessions: 1 });
    await store.generate("survives", "P-256");
    await store.sign("survives", data);
    for (const pid of sessionsOfThisProcess()) process.kill(pid, "SIGKILL");
    const tries = [store.sign("survives", data), store.sign("survives", data)];
    for (const outcome of await Promise.allSettled(tries))
      if (outcome.status === "rejected")
        expect(outcome.reason).toMatchObject({ code: "KEY_STORE_UNAVAILABLE" });
    await expect(store.sign("survives", data)).resolves.toMatchObject({ algorithm: "ecdsa-with-SHA256" });
  });

  test("ok/a slow device holds nobody up: the event loop turns while it makes an RSA-4096 key", async () => {
    const store = await open();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 5);
    const started = performance.now();
    await store.generate("slow", "RSA-4096");
    const took = performance.now() - started;
    clearInterval(timer);
    expect(turns).toBeGreaterThan(took / 50);
  });

  test("fail/no answer in time: the outcome is unknown, and the next one is answered", async () => {
    const store = await open({ sessions: 1 });
    await store.generate("late", "RSA-4096");
    const hasty = await open({ sessions: 1, signTimeoutMs: 5_000 });
    await hasty.sign("late", data);
    const impatient = Array.from({ length: 2_000 }, () => hasty.sign("late", data));
    const outcomes = await Promise.allSettled(impatient);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    for (const { reason } of refused) expect(reason).toMatchObject({ code: "KEY_STORE_UNAVAILABLE" });
    await expect(hasty.sign("late", data)).resolves.toMatchObject({ algorithm: "sha256WithRSAEncryption" });
  }, 120_000);
});

describe("secrets", () => {
  test("fail/a wrong PIN is told once, without it, and is not tried again", async () => {
    const wrong = "9999-wrong-pin";
    const error = (await open({ pin: wrong }).catch((refused: unknown) => refused)) as Error;
    expect(error).toMatchObject({ code: "PIN_REFUSED" });
    const told = JSON.stringify([error.message, error.stack, Object.entries(error)]);
    expect(told).not.toContain(wrong);
    // The right one still opens it: the wrong one cost one try, not all of them.
    await expect(open()).resolves.toBeDefined();
  });

  test.each([
    ["a library that is not there", { module: "/nonexistent/libhsm.so" }, "KEY_STORE_MISSING"],
    ["a token that is not there", { token: "another" }, "KEY_STORE_UNAVAILABLE"],
  ])("fail/%s, and no PIN in what is said", async (_, more, code) => {
    const error = (await open(more).catch((refused: unknown) => refused)) as Error;
    expect(error).toMatchObject({ code });
    expect(`${error.message}${error.stack}`).not.toContain(userPin);
  });
});
