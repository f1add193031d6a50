import { execFileSync } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** Once each of the sessions there may be has been opened. */
const warm = (store: Pkcs11KeyStore, id: string) =>
  Promise.all(Array.from({ length: 20 }, () => store.sign(id, data)));

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

  test("ok/the private key is not extractable, by the token's own attributes", async () => {
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
    const outcomes = await Promise.allSettled([
      store.generate("once", "P-256"),
      store.generate("once", "P-384"),
    ]);
    expect(outcomes).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "KEY_EXISTS" } },
    ]);
    expect(await (await open()).publicKey("once")).toEqual((outcomes[0] as { value: Uint8Array }).value);
  });

  test("fail/nor to one made by another process at the same moment", async () => {
    const stores = await Promise.all([open(), open(), open()]);
    for (const race of ["race-1", "race-2", "race-3", "race-4", "race-5"]) {
      const outcomes = await Promise.allSettled(stores.map((store) => store.generate(race, "P-256")));
      const made = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      for (const outcome of outcomes)
        if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "KEY_EXISTS" });
      expect(made.length).toBeLessThanOrEqual(1);
      const reader = await open();
      expect((await reader.list()).filter((id) => id === race)).toHaveLength(made.length);
      for (const spki of made) expect(await reader.publicKey(race)).toEqual(spki);
    }
  });

  test("fail/an unknown key, an invalid id", async () => {
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

describe("a device that fails", () => {
  test.each(["logout", "close-all"] as const)(
    "ok/%s from outside, with four sessions busy: logged in again, and every signature made",
    async (mood) => {
      const store = await open({ sessions: 4 });
      await store.generate(`lost-${mood}`, "P-256");
      await warm(store, `lost-${mood}`);
      const before = await token.logins();
      await token.callFor(mood);
      expect(await warm(store, `lost-${mood}`)).toHaveLength(20);
      expect(await token.logins()).toBeGreaterThan(before);
    },
  );

  test("ok/removed: reported as temporary; inserted again: goes on", async () => {
    const store = await open({ sessions: 2 });
    await store.generate("comes-back", "P-256");
    await warm(store, "comes-back");
    await token.takeOut();
    // SoftHSM answers from memory until its login is lost.
    await token.callFor("logout");
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => store.sign("comes-back", data)));
    expect(outcomes.filter(({ status }) => status === "rejected").length).toBeGreaterThan(0);
    for (const outcome of outcomes)
      if (outcome.status === "rejected")
        expect(outcome.reason).toMatchObject({ code: "KEY_STORE_UNAVAILABLE" });
    await expect(store.sign("comes-back", data)).rejects.toMatchObject({ code: "KEY_STORE_UNAVAILABLE" });
    await expect(open()).rejects.toMatchObject({ code: "KEY_STORE_UNAVAILABLE" });
    await token.putBack();
    await expect(store.sign("comes-back", data)).resolves.toMatchObject({ algorithm: "ecdsa-with-SHA256" });
  });

  test("ok/the vendor's library crashes: another session replaces it", async () => {
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

  test("ok/a slow device does not block the event loop while it generates an RSA-4096 key", async () => {
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

  test("fail/one signature hangs: its outcome is unknown, the waiting ones are made", async () => {
    const store = await open({ sessions: 2, signTimeoutMs: 3_000 });
    await store.generate("hangs", "P-256");
    await warm(store, "hangs");
    await token.callFor("hang");
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => store.sign("hangs", data)));
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({
      reason: { code: "KEY_STORE_UNAVAILABLE", message: expect.stringContaining("3000 ms") },
    });
    await expect(store.sign("hangs", data)).resolves.toMatchObject({ algorithm: "ecdsa-with-SHA256" });
  });

  test("fail/the only session hangs: a waiting request gets an error that nothing was asked", async () => {
    const store = await open({ sessions: 1, signTimeoutMs: 1_500 });
    await store.generate("queues", "P-256");
    await store.sign("queues", data);
    await token.callFor("hang");
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => store.sign("queues", data)));
    expect(outcomes[0]).toMatchObject({ reason: { code: "KEY_STORE_UNAVAILABLE" } });
    expect(outcomes[2]).toMatchObject({
      reason: { code: "KEY_STORE_UNAVAILABLE", message: expect.stringContaining("was not asked") },
    });
    await expect(store.sign("queues", data)).resolves.toMatchObject({ algorithm: "ecdsa-with-SHA256" });
  });

  test("ok/closed: what is under way is finished, the rest refused, and no process is left", async () => {
    const store = await open({ sessions: 2 });
    await store.generate("closing", "P-256");
    await warm(store, "closing");
    const first = store.sign("closing", data);
    // Its key is known, so that by now a session is at it.
    await new Promise(setImmediate);
    await store.close();
    await expect(first).resolves.toMatchObject({ algorithm: "ecdsa-with-SHA256" });
    await expect(store.sign("closing", data)).rejects.toMatchObject({ code: "KEY_STORE_UNAVAILABLE" });
    expect(sessionsOfThisProcess()).toEqual([]);
  });
});

describe("secrets", () => {
  test("fail/a wrong PIN is reported without the PIN, and the token is asked once", async () => {
    const wrong = "9999-wrong-pin";
    const before = await token.logins();
    for (let time = 0; time < 3; time += 1) {
      const error = (await open({ pin: wrong }).catch((refused: unknown) => refused)) as Error;
      expect(error).toMatchObject({ code: "PIN_REFUSED" });
      const shown = JSON.stringify([error.message, error.stack, Object.entries(error)]);
      expect(shown).not.toContain(wrong);
    }
    expect(await token.logins()).toBe(before + 1);
    await expect(open()).resolves.toBeDefined();
  });

  test("fail/the PIN is changed while in use: it costs one try, however many requests wait", async () => {
    const other = await makeToken("kazasu-repinned");
    try {
      const store = await open({ sessions: 4, token: other.label });
      await store.generate("repinned", "P-256");
      // The first session, the one that made the key, and three more: none is on its way in while the PIN changes.
      while ((await other.logins()) < 5) await warm(store, "repinned");
      await other.changePin(userPin, "another-pin");
      await other.callFor("logout");
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => store.sign("repinned", data)),
      );
      expect(outcomes).toContainEqual(
        expect.objectContaining({ reason: expect.objectContaining({ code: "PIN_REFUSED" }) }),
      );
      await expect(store.sign("repinned", data)).rejects.toMatchObject({ code: "PIN_REFUSED" });
      await expect(store.generate("more", "P-256")).rejects.toMatchObject({ code: "PIN_REFUSED" });
      expect(await other.refusedLogins()).toBe(1);
      const corrected = await open({ token: other.label, pin: "another-pin" });
      await expect(corrected.sign("repinned", data)).resolves.toBeDefined();
      await corrected.close();
      await store.close();
    } finally {
      await other.remove();
    }
  });

  test("ok/neither the PIN nor the engine's settings are visible in a session's process", async () => {
    process.env["KAZASU_OF_A_TEST"] = "a-secret-of-the-engine";
    try {
      await open();
      const [pid] = sessionsOfThisProcess();
      const seen = ["environ", "cmdline"].map((name) => readFileSync(`/proc/${pid}/${name}`, "utf8")).join();
      expect(seen).toContain("SOFTHSM2_CONF=");
      expect(seen).not.toContain(userPin);
      expect(seen).not.toContain("a-secret-of-the-engine");
    } finally {
      delete process.env["KAZASU_OF_A_TEST"];
    }
  });

  test.each([
    ["a library that is not there", { module: "/nonexistent/libhsm.so" }, "KEY_STORE_MISSING"],
    ["a token that is not there", { token: "another" }, "KEY_STORE_UNAVAILABLE"],
  ])("fail/%s, and no PIN in the error", async (_, more, code) => {
    const error = (await open(more).catch((refused: unknown) => refused)) as Error;
    expect(error).toMatchObject({ code });
    expect(`${error.message}${error.stack}`).not.toContain(userPin);
  });
});
