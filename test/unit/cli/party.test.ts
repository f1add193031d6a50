import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { main } from "../../../cli/main.ts";
import type { PartyRegistration } from "../../../domain/party/registering.ts";
import { datasetsOf } from "../../../registry/link/datasets.ts";
import { findPartyClient } from "../../../registry/party/clients.ts";
import { findParty, listParties } from "../../../registry/party/parties.ts";
import { Parties } from "../../../sandbox/persons/parties.ts";
import { addParty, makeClientKey, readClientKeys, readDatasets } from "../../../workers/register-party.ts";
import { account, datasetOf } from "../consent/datasets.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let directory: string;
let registry: TestRegistry;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kazasu-party-"));
  registry = await startTestRegistry();
});
afterAll(async () => {
  await registry?.close();
  await rm(directory, { recursive: true, force: true });
});

const production = { allow: () => false };
const bank: PartyRegistration = {
  id: "kaede-bank",
  name: { ja: "かえで銀行", en: "Kaede Bank" },
  app: "kaede-bank-app",
  redirectUris: ["https://kaede.example/callback"],
};
const newKeys = () => makeClientKey(join(directory, `key-${crypto.randomUUID()}`));

describe("a party is registered", () => {
  test("ok/with what it may give to others: whole when it is said, and as before when it is not", async () => {
    const { pool } = registry;
    const datasets = [account, datasetOf("Account holder since", "A lower premium")];
    const file = join(directory, "datasets.json");
    await writeFile(file, JSON.stringify(datasets));
    const given = async (more: Partial<PartyRegistration>) => {
      await addParty(pool, { ...bank, id: "giver", ...more }, undefined, production);
      return (await listParties(pool)).find(({ id }) => id === "giver")?.datasets;
    };
    expect(await given({})).toEqual([]);
    const all = await given({ datasets: await readDatasets(file) });
    expect(new Set(all)).toEqual(new Set(datasets));
    expect(await given({})).toEqual(all);
    expect(await given({ datasets: [account] })).toEqual([account]);
    expect(await given({ datasets: [] })).toEqual([]);
    const onTrial = { id: "on-trial", name: bank.name, datasets: [account] };
    const parties = new Parties(pool.options.connectionString ?? "");
    await parties.register(onTrial);
    await parties.close();
    expect(await datasetsOf(pool, "on-trial")).toEqual([account]);
  });

  test("fail/with datasets of one name, too many, or in words that are not shown as they are", async () => {
    const many = Array.from({ length: 17 }, (_, index) => datasetOf(`data ${index}`, "p"));
    const swapped = { ...account, dataset: { ja: "Account", en: "口座" } };
    for (const [datasets, why] of [
      [[account, { ...account, dataset: { ja: "預金", en: "Account" } }], /same name/],
      [[account, swapped], /same name/],
      [many, /16/],
      [[datasetOf("Bal\u202eance", "p")], /not allowed/],
      [[{ dataset: account.dataset }], /purpose/],
    ] as const) {
      const asked = { ...bank, id: "refused", datasets } as PartyRegistration;
      await expect(addParty(registry.pool, asked, undefined, production)).rejects.toThrow(why);
    }
    expect(await findParty(registry.pool, "refused")).toBeUndefined();
    await writeFile(join(directory, "no.json"), "{}");
    await expect(readDatasets(join(directory, "no.json"))).rejects.toThrow(/are invalid/);
  });

  test("ok/with an app, a client, its addresses, and a line in the audit log; again it is renewed", async () => {
    const { pool } = registry;
    const jwks = await newKeys();
    expect(await addParty(pool, bank, jwks, production)).toEqual({
      partyId: "kaede-bank",
      clientId: "kaede-bank",
    });
    expect(await findParty(pool, "kaede-bank")).toMatchObject({
      name: bank.name,
      apps: [{ id: "kaede-bank-app", attestation: "required", profile: "basic" }],
    });
    expect(await findPartyClient(pool, "kaede-bank")).toMatchObject({
      jwks,
      redirectUris: bank.redirectUris,
    });
    const renewed = {
      ...bank,
      name: { ja: "かえで", en: "Kaede" },
      backchannel: { delivery: "poll" as const },
    };
    await addParty(pool, renewed, jwks, production);
    const [listed] = (await listParties(pool)).filter(({ id }) => id === "kaede-bank");
    expect(listed).toMatchObject({
      name: { en: "Kaede" },
      clients: [{ id: "kaede-bank", backchannel: "poll" }],
    });
    const { rows } = await pool.query(
      "select detail from audit_lines where act = 'party-registered' and subject = 'kaede-bank'",
    );
    expect(rows).toHaveLength(2);
  });

  test("ok/its key is made: the private part in a file nobody else reads, never over another", async () => {
    const path = join(directory, "made");
    const { keys } = await makeClientKey(path);
    expect(keys[0]).not.toHaveProperty("d");
    expect((await stat(path)).mode & 0o077).toBe(0);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({
      kid: keys[0]?.kid,
      d: expect.any(String),
    });
    await expect(makeClientKey(path)).rejects.toThrow(/EEXIST/);
  });
});

describe("a wrong input is reported, and nothing is stored", () => {
  test.each<[string, Partial<PartyRegistration>, RegExp]>([
    ["an invalid id", { id: "Kaede Bank" }, /id/],
    ["no name", { name: { ja: "", en: "x" } }, /name\.ja/],
    ["plain http", { redirectUris: ["http://kaede.example/callback"] }, /no redirect address/],
    ["loopback in production", { redirectUris: ["http://127.0.0.1/callback"] }, /no redirect address/],
    ["a fragment", { redirectUris: ["https://kaede.example/#x"] }, /no redirect address/],
    ["a wildcard", { redirectUris: ["https://*.kaede.example/"] }, /no redirect address/],
    [
      "a ping into our own network",
      { backchannel: { delivery: "ping", endpoint: "https://10.0.0.1/" } },
      /ping endpoint/,
    ],
    ["an unknown profile", { profile: "gold" as never }, /profile/],
  ])("fail/%s", async (_what, wrong, words) => {
    const id = `party-${crypto.randomUUID()}`;
    await expect(
      addParty(registry.pool, { ...bank, id, ...wrong }, await newKeys(), production),
    ).rejects.toThrow(words);
    expect(await findParty(registry.pool, id)).toBeUndefined();
  });

  test("fail/a private key, no key, and a file that is none", async () => {
    const secret = join(directory, "secret");
    await makeClientKey(secret);
    const attempt = addParty(registry.pool, bank, await readClientKeys(secret), production);
    await expect(attempt).rejects.toThrow(/private/);
    await expect(addParty(registry.pool, bank, { keys: [] }, production)).rejects.toThrow(/keys/);
    const garbage = join(directory, "garbage");
    await writeFile(garbage, "-----BEGIN");
    await expect(readClientKeys(garbage)).rejects.toThrow(/no JSON/);
  });

  test("fail/another party's client", async () => {
    await addParty(registry.pool, { ...bank, id: "first", client: "shared" }, await newKeys(), production);
    const attempt = addParty(
      registry.pool,
      { ...bank, id: "second", client: "shared" },
      await newKeys(),
      production,
    );
    await expect(attempt).rejects.toThrow(/belongs to another party/);
  });
});

describe("the command", () => {
  const databaseUrl = () => registry.pool.options.connectionString ?? "";
  async function run(environment: Record<string, string>, ...args: string[]) {
    const before = { ...process.env };
    for (const name of Object.keys(process.env))
      if (/^(?:KAZASU_|DATABASE_URL)/.test(name)) delete process.env[name];
    Object.assign(process.env, environment);
    const printed: string[] = [];
    const said: string[] = [];
    const log = jest.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
    const stderr = jest
      .spyOn(process.stderr, "write")
      .mockImplementation((text) => said.push(String(text)) > 0);
    try {
      const code = await main(["party", ...args]);
      return {
        code,
        answer: printed.length === 0 ? undefined : JSON.parse(printed.join("\n")),
        said: said.join(""),
      };
    } finally {
      log.mockRestore();
      stderr.mockRestore();
      process.env = before;
    }
  }
  const add = (id: string, ...more: string[]) => {
    const named = ["add", "--id", id, "--name-ja", "かえで銀行", "--name-en", "Kaede Bank"];
    return [...named, ...more, "--make-key", join(directory, `key-${crypto.randomUUID()}`)];
  };

  test("ok/needs the database alone; says how to have the issuer printed, and prints it", async () => {
    const alone = { DATABASE_URL: databaseUrl() };
    expect(await run(alone, ...add("alone"))).toMatchObject({
      code: 0,
      answer: {
        partyId: "alone",
        clientId: "alone",
        keys: 1,
        next: expect.stringMatching(/followed by \/openid; set KAZASU_PUBLIC_URL/),
      },
    });
    const named = { ...alone, KAZASU_PUBLIC_URL: "https://ca.example/" };
    expect((await run(named, ...add("alone"))).answer).toMatchObject({
      issuer: "https://ca.example/openid",
      next: expect.stringMatching(
        /kazasu party info --issuer https:\/\/ca\.example\/openid --client alone --key \S+key-/,
      ),
    });
    const oidc = ["--issuer", "oidc", "--client", "web", "--redirect-uri", "https://kaede.example/cb"];
    expect((await run(named, ...add("alone", ...oidc))).answer).toMatchObject({
      clientId: "web",
      issuer: "https://ca.example/oidc",
      next: expect.stringContaining("OpenID library"),
    });
    const { answer } = await run(alone, "list");
    expect(answer).toContainEqual(
      expect.objectContaining({
        id: "alone",
        clients: [
          expect.objectContaining({ id: "alone", issuer: "openid", jwks: { keys: [expect.any(Object)] } }),
          expect.objectContaining({ id: "web", issuer: "oidc", jwksUri: null }),
        ],
      }),
    );
  });

  test("fail/without the database; in production it must be reached safely, and nothing inward is registered", async () => {
    expect(await run({}, "list")).toMatchObject({
      code: 1,
      said: expect.stringMatching(/: DATABASE_URL: not set\./),
    });
    const away = { DATABASE_URL: "postgres://db.example/kazasu" };
    expect((await run(away, "list")).said).toContain("sslmode=verify-full");
    const alone = { DATABASE_URL: databaseUrl() };
    const loopback = ["--redirect-uri", "http://127.0.0.1:3000/cb"];
    expect((await run(alone, ...add("inward", ...loopback))).said).toContain("use https");
    expect((await run({ ...alone, KAZASU_SETTING: "test" }, ...add("inward", ...loopback))).code).toBe(0);
  });

  test("fail/a mistake says what to change", async () => {
    const alone = { DATABASE_URL: databaseUrl() };
    expect((await run(alone, ...add("Kaede Bank"))).said).toContain("lower-case letters, digits and hyphens");
    const file = join(directory, "p384");
    await writeFile(file, JSON.stringify({ kty: "EC", crv: "P-384", kid: "k", x: "AA", y: "AA" }));
    const [, ...withoutKey] = add("kaede").slice(0, -2);
    expect((await run(alone, "add", ...withoutKey, "--jwks", file)).said).toContain("use P-256");
    await writeFile(file, "{}");
    expect((await run(alone, "add", ...withoutKey, "--jwks", file)).said).toMatch(/key number 1 .*kty/);
  });
});
