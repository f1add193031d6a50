import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "pg";
import { createTestDatabase, type TestDatabase } from "../../../postgres/database.ts";
import { faultsOf, type Statement, statementsOf } from "./check.ts";
import { typeScriptOf } from "./described.ts";
import { filesOf, type Workspace } from "./sites.ts";
import { saidOfWrong, wrongModule } from "./wrong.ts";

const root = process.cwd();
const wrong = "registry/wrong.ts";

let workspace: Workspace;
let database: TestDatabase;
let client: Client;
let statements: Statement[];
let faults: string[];

// One run of the compiler for the registry and for what is wrong on purpose.
beforeAll(async () => {
  await mkdir(join(root, "var"), { recursive: true });
  workspace = { root, scratch: await mkdtemp(join(root, "var/rows-")) };
  database = await createTestDatabase("registry");
  client = new Client({ connectionString: database.url });
  await client.connect();
  const modules = new Map([...(await filesOf(root, "registry")), [wrong, wrongModule]]);
  statements = await statementsOf(workspace, modules);
  faults = await faultsOf(workspace, modules, statements, client);
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
  if (workspace) await rm(workspace.scratch, { recursive: true });
});

const isWrong = (text: string) => text.startsWith(wrong);

describe("statements of the registry", () => {
  const own = () => statements.filter(({ site }) => !isWrong(site.file));

  test("ok/Postgres takes each, and each row type and list of values fits it", () => {
    expect(own().length).toBeGreaterThan(300);
    expect(faults.filter((fault) => !isWrong(fault))).toEqual([]);
  });

  test("ok/each names its columns", () => {
    const all = own().filter(({ text }) => /(?:\bselect|\breturning|,)\s+(?:\w+\.)?\*/i.test(text));
    expect(all.map(({ site }) => site.place)).toEqual([]);
  });

  test("ok/advisory locks are taken in one module", () => {
    const taken = own().filter(({ text }) => /advisory/.test(text));
    expect([...new Set(taken.map(({ site }) => site.file))]).toEqual(["registry/advisory-locks.ts"]);
  });

  test("ok/a name is of one statement", () => {
    const places = new Map<string, Set<string>>();
    for (const { site } of own())
      if (site.name !== undefined)
        places.set(site.name, (places.get(site.name) ?? new Set()).add(site.place));
    expect([...places].filter(([, each]) => each.size > 1)).toEqual([]);
  });
});

describe("faults reported of a statement", () => {
  test.each(saidOfWrong(wrong))("fail/%s", (_, said) => {
    expect(faults.filter((fault) => fault.split(" ")[0] === said.split(" ")[0])).toEqual([said]);
  });
});

test("ok/no other room has SQL", async () => {
  const found: string[] = [];
  for (const room of ["activities", "cli", "domain", "gateway", "pki", "sandbox", "status", "workers"])
    for (const file of await readdir(join(root, room), { recursive: true }))
      if (
        file.endsWith(".ts") &&
        /\.query\s*(?:<[^(]*>)?\(/.test(await readFile(join(root, room, file), "utf8"))
      )
        found.push(join(room, file));
  // It makes the database that the registry is in.
  expect(found).toEqual(["sandbox/embedded/postgres.ts"]);
});

describe("the driver makes of a type what row types are held to", () => {
  const samples: Record<string, string> = {
    boolean: "true",
    bytea: "\\x00",
    date: "2026-01-01",
    "timestamp with time zone": "2026-01-01T00:00:00Z",
    uuid: "00000000-0000-0000-0000-000000000000",
    regclass: "pg_class",
    pg_lsn: "0/0",
  };
  const nameOf = (value: unknown): string => {
    if (Array.isArray(value)) return `${nameOf(value[0])}[]`;
    if (value instanceof Date) return "Date";
    return Buffer.isBuffer(value) ? "Buffer" : typeof value;
  };
  const types = Object.entries(typeScriptOf).filter(([, made]) => made !== "Json" && made !== "void");

  test.each(types)("ok/%s", async (type, made) => {
    const sample = samples[type.replace("[]", "")] ?? "1";
    const text = `select $1::${type} as value`;
    const { rows } = await client.query(text, [type.endsWith("[]") ? [sample] : sample]);
    expect(nameOf(rows[0].value)).toBe(made);
  });
});
