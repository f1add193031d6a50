import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import { readConfiguration } from "../../../workers/configuration.ts";
import { consoleParts } from "../../../workers/console-parts.ts";

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-console-"));
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const rsa = await generateKeyPair("RS256", { extractable: true });
  await Promise.all([
    writeFile(at("secret"), "secret\n"),
    writeFile(at("key"), JSON.stringify({ ...(await exportJWK(privateKey)), kid: "k" })),
    writeFile(at("public"), JSON.stringify({ ...(await exportJWK(publicKey)), kid: "k" })),
    writeFile(at("rsa"), JSON.stringify({ ...(await exportJWK(rsa.privateKey)), kid: "k" })),
    writeFile(at("roles"), "olga: [operator]\n"),
    writeFile(at("odd-roles"), "olga: [root]\n"),
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const partsOf = async (more: Record<string, string>) =>
  consoleParts(
    readConfiguration({
      DATABASE_URL: "postgres://kazasu@127.0.0.1/kazasu",
      KAZASU_KEYS: folder,
      KAZASU_JOURNAL: folder,
      KAZASU_CHECKPOINTS: folder,
      KAZASU_JLIS_URL: "https://jlis.example",
      KAZASU_CRL_URL: "http://crl.example",
      KAZASU_OCSP_URL: "http://ocsp.example",
      KAZASU_PUBLIC_URL: "https://ca.example/",
      TEMPORAL_CONFIG_FILE: "/nonexistent/temporal.toml",
      ...more,
    }),
    () => new Date(),
  );
const issuer = { KAZASU_CONSOLE_ISSUER: "https://login.example" };

test("ok/no issuer, no console; with a secret, or a key, and roles by subject", async () => {
  expect(await partsOf({})).toBeUndefined();
  const parts = await partsOf({
    ...issuer,
    KAZASU_CONSOLE_SECRET_FILE: at("secret"),
    KAZASU_CONSOLE_ROLES: at("roles"),
    KAZASU_TEMPORAL_UI_URL: "https://temporal.example/",
  });
  expect(parts?.settings).toMatchObject({
    origin: "https://ca.example",
    roles: { claim: undefined, subjects: { olga: ["operator"] } },
    sessionSeconds: 3_600,
    temporalUi: { url: "https://temporal.example", namespace: "kazasu" },
  });
  expect(await partsOf({ ...issuer, KAZASU_CONSOLE_KEY_FILE: at("key") })).toBeDefined();
});

test.each([
  ["plain HTTP in production", { KAZASU_CONSOLE_ISSUER: "http://login.example" }, "must be https"],
  ["an origin without TLS", { ...issuer, KAZASU_PUBLIC_URL: "http://ca.example" }, "must be https"],
  ["neither secret nor key", issuer, "exactly one of"],
  [
    "both",
    { ...issuer, KAZASU_CONSOLE_SECRET_FILE: "secret", KAZASU_CONSOLE_KEY_FILE: "key" },
    "exactly one of",
  ],
  ["a secret that is not there", { ...issuer, KAZASU_CONSOLE_SECRET_FILE: "nothing" }, "ENOENT"],
  ["a public key", { ...issuer, KAZASU_CONSOLE_KEY_FILE: "public" }, "no private P-256 key"],
  ["a key of another kind", { ...issuer, KAZASU_CONSOLE_KEY_FILE: "rsa" }, "no private P-256 key"],
  ["an invalid key file", { ...issuer, KAZASU_CONSOLE_KEY_FILE: "secret" }, "no private P-256 key"],
  [
    "an invalid role",
    { ...issuer, KAZASU_CONSOLE_SECRET_FILE: "secret", KAZASU_CONSOLE_ROLES: "odd-roles" },
    "cannot be used (olga.0",
  ],
])("fail/%s", async (_why, given, sentence) => {
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(given as Record<string, string>))
    settings[name] = /_FILE$|_ROLES$/.test(name) ? at(value) : value;
  await expect(partsOf(settings)).rejects.toThrow(sentence);
});
