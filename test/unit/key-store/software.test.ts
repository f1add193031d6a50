import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { GeneratingKeyStore, KeyAlgorithm } from "../../../pki/key-store/key-store.ts";
import { openSoftwareKeyStore } from "../../../pki/key-store/software.ts";
import { openssl, scratchDirectory } from "../ca/openssl.ts";

const passphrase = "correct horse 鍵";
const data = new TextEncoder().encode("to be signed");
const keys: [id: string, KeyAlgorithm, string, string][] = [
  ["p256", "P-256", "ecdsa-with-SHA256", "sha256"],
  ["p384", "P-384", "ecdsa-with-SHA384", "sha384"],
  ["rsa2048", "RSA-2048", "sha256WithRSAEncryption", "sha256"],
  ["rsa3072", "RSA-3072", "sha256WithRSAEncryption", "sha256"],
  ["rsa4096", "RSA-4096", "sha256WithRSAEncryption", "sha256"],
];

let scratch: ReturnType<typeof scratchDirectory>;
let directory: string;
let store: GeneratingKeyStore;

beforeAll(async () => {
  scratch = scratchDirectory();
  directory = join(scratch.path, "keys");
  store = await openSoftwareKeyStore(directory, passphrase);
  for (const [id, algorithm] of keys) await store.generate(id, algorithm);
});
afterAll(() => scratch.remove());

describe("software key store", () => {
  test.each(keys)(
    "ok/ %s signs what node and OpenSSL verify, also after opening again",
    async (id, _algorithm, name, digest) => {
      const again = await openSoftwareKeyStore(directory, passphrase);
      const { algorithm, signature } = await again.sign(id, data);
      expect(algorithm).toBe(name);
      const spki = Buffer.from(await store.publicKey(id));
      const key = createPublicKey({ key: spki, format: "der", type: "spki" });
      expect(verify(digest, data, key, signature)).toBe(true);

      const path = (file: string) => join(scratch.path, `${id}.${file}`);
      writeFileSync(path("spki"), spki);
      writeFileSync(path("data"), data);
      writeFileSync(path("sig"), signature);
      const verdict = openssl([
        "dgst",
        `-${digest}`,
        "-keyform",
        "DER",
        "-verify",
        path("spki"),
        "-signature",
        path("sig"),
        path("data"),
      ]);
      expect(verdict).toContain("Verified OK");
    },
  );

  test("ok/ OpenSSL opens the file with the passphrase, as PBES2 with PBKDF2-SHA256 and AES-256-CBC", async () => {
    const file = join(directory, "p256.key.pem");
    const spki = execFileSync("openssl", [
      "pkey",
      "-in",
      file,
      "-passin",
      `pass:${passphrase}`,
      "-pubout",
      "-outform",
      "DER",
    ]);
    expect(spki.equals(await store.publicKey("p256"))).toBe(true);
    const structure = openssl(["asn1parse", "-in", file]);
    for (const part of [":PBES2", ":PBKDF2", ":hmacWithSHA256", ":aes-256-cbc", ":0927C0"]) {
      expect(structure).toContain(part);
    }
  });

  test("ok/ 32 random bytes as the passphrase, as the engine makes its own, are not stretched", async () => {
    const folder = join(scratch.path, "random");
    const secret = randomBytes(32).toString("base64url");
    await (await openSoftwareKeyStore(folder, secret)).generate("own", "P-256");
    const structure = openssl(["asn1parse", "-in", join(folder, "own.key.pem")]);
    for (const part of [":PBKDF2", ":hmacWithSHA256", ":0800"]) expect(structure).toContain(part);
    const again = await openSoftwareKeyStore(folder, secret);
    expect((await again.sign("own", data)).signature.length).toBeGreaterThan(0);
  });

  test("ok/ reads a key file OpenSSL wrote", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const file = openssl(
      ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", `pass:${passphrase}`],
      Buffer.from(privateKey.export({ format: "pem", type: "pkcs8" })),
    );
    const elsewhere = join(scratch.path, "imported");
    const imported = await openSoftwareKeyStore(elsewhere, passphrase);
    writeFileSync(join(elsewhere, "from-openssl.key.pem"), file);
    expect(await imported.list()).toEqual(["from-openssl"]);
    const { signature } = await imported.sign("from-openssl", data);
    expect(verify("sha256", data, createPublicKey(privateKey), signature)).toBe(true);
  });

  test("ok/ files are 0600 in a directory of 0700, and nothing else is left there", () => {
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const files = readdirSync(directory);
    expect(files.toSorted()).toEqual(keys.map(([id]) => `${id}.key.pem`).toSorted());
    for (const file of files) {
      expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(directory, file), "utf8")).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    }
  });

  test("fail/ a wrong passphrase is reported as such, without the passphrase or the key", async () => {
    const other = await openSoftwareKeyStore(directory, "wrong passphrase");
    await expect(other.sign("p256", data)).rejects.toMatchObject({
      code: "KEY_UNREADABLE",
      message: expect.not.stringContaining("wrong passphrase"),
    });
  });

  test("fail/ an unknown key, an id that leaves the directory, an empty passphrase", async () => {
    await expect(store.publicKey("nobody")).rejects.toMatchObject({ code: "KEY_UNKNOWN" });
    await expect(store.sign("../p256", data)).rejects.toMatchObject({ code: "KEY_ID_INVALID" });
    await expect(store.generate("UPPER", "P-256")).rejects.toMatchObject({ code: "KEY_ID_INVALID" });
    await expect(openSoftwareKeyStore(directory, "")).rejects.toThrow("passphrase");
  });

  test("fail/ a key is never replaced by another of the same id", async () => {
    const before = await store.publicKey("p256");
    await expect(store.generate("p256", "P-256")).rejects.toMatchObject({ code: "KEY_EXISTS" });
    const again = await openSoftwareKeyStore(directory, passphrase);
    expect(await again.publicKey("p256")).toEqual(before);
    expect(readdirSync(directory)).toHaveLength(keys.length);
  });
});
