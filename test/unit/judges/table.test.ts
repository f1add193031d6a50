import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

interface Judge {
  tests: string[];
  inputs: string[];
  minutes: number;
  gigabytes: number;
}
interface Table {
  inputs: string[];
  judges: Record<string, Judge>;
}
interface JudgeTable {
  readTable: (root: string) => Promise<Table>;
  readPassed: (root: string) => Promise<Record<string, string>>;
  writePassed: (root: string, table: Table, passed: Record<string, string>) => Promise<void>;
  inputsHash: (root: string, table: Table, name: string) => Promise<string>;
  matching: (root: string, pathspecs: string[]) => Promise<string[]>;
}

// Plain .mjs that knows no types: it must run before anything is installed.
const { readTable, readPassed, writePassed, inputsHash, matching } = (await import(
  new URL("../../../bin/judge-table.mjs", import.meta.url).href
)) as JudgeTable;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const table = await readTable(root);
const judges = Object.entries(table.judges);

/** A file and what it imports or names by URL, within the clone, and so on; what is built from sources is left out. */
function closure(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  if (!/\.(ts|mjs)$/.test(file)) return found;
  const pattern = /(?:from|import\()\s*"(\.{1,2}\/[^"]+)"|new URL\("([^"]+)", import\.meta\.url\)/g;
  for (const [, imported, named] of readFileSync(join(root, file), "utf8").matchAll(pattern)) {
    const path = relative(root, resolve(root, dirname(file), (imported ?? named)!));
    const isFolder = named?.endsWith("/") === true;
    if (!isFolder && !/^(dist|bin)\//.test(path)) closure(path, found);
  }
  return found;
}

test("ok/every test of test/judges belongs to one judge", () => {
  const written = readdirSync(join(root, "test/judges"), { recursive: true, encoding: "utf8" });
  const named = judges.flatMap(([, { tests }]) => tests);
  expect(named.toSorted()).toEqual(
    written
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => `test/judges/${name}`)
      .toSorted(),
  );
});

test.each(judges)("ok/%s: what its tests import is among its inputs", async (_, judge) => {
  const inputs = await matching(root, [...table.inputs, ...judge.tests, ...judge.inputs]);
  const imported = judge.tests.flatMap((file) => [...closure(file)]);
  expect(imported.filter((path) => !inputs.includes(path))).toEqual([]);
});

test.each(judges)("ok/%s: each of its inputs is there, and it says what it costs", async (_, judge) => {
  for (const each of judge.inputs) expect(await matching(root, [each])).not.toEqual([]);
  expect(judge.minutes).toBeGreaterThan(0);
  expect(judge.gigabytes).toBeGreaterThan(0);
});

describe("the hash of a judge's inputs", () => {
  let folder = "";
  const small: Table = {
    inputs: [],
    judges: { one: { tests: ["test/one.test.ts"], inputs: ["pki/**"], minutes: 1, gigabytes: 1 } },
  };
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kazasu-judges-"));
    execFileSync("git", ["init", "--quiet"], { cwd: folder });
    write(".gitignore", "*.log\n");
    write("test/one.test.ts", "one");
    write("pki/ca/crl.ts", "crl");
    write("gateway/server.ts", "server");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("ok/it stays when another file changes, or one that git ignores", async () => {
    const before = await inputsHash(folder, small, "one");
    write("gateway/server.ts", "another server");
    write("pki/ca/debug.log", "a line");
    expect(await inputsHash(folder, small, "one")).toBe(before);
  });

  test("ok/it changes when an input is added, changed, moved or removed, or its line of the table changes", async () => {
    const seen = [await inputsHash(folder, small, "one")];
    write("pki/ca/deep/new.ts", "new");
    seen.push(await inputsHash(folder, small, "one"));
    write("pki/ca/crl.ts", "another crl");
    seen.push(await inputsHash(folder, small, "one"));
    execFileSync("git", ["add", "."], { cwd: folder });
    rmSync(join(folder, "pki/ca/crl.ts"));
    seen.push(await inputsHash(folder, small, "one"));
    write("pki/moved.ts", "another crl");
    seen.push(await inputsHash(folder, small, "one"));
    const dearer = { ...small, judges: { one: { ...small.judges["one"]!, minutes: 2 } } };
    seen.push(await inputsHash(folder, dearer, "one"));
    expect(new Set(seen).size).toBe(seen.length);
  });

  test("ok/passed judges are kept, and a removed judge is deleted", async () => {
    expect(await readPassed(folder)).toEqual({});
    mkdirSync(join(folder, "test/judges"));
    const both = { ...small, judges: { ...small.judges, two: small.judges["one"]! } };
    await writePassed(folder, both, { one: "1", two: "2" });
    await writePassed(folder, both, { one: "3" });
    expect(await readPassed(folder)).toEqual({ one: "3", two: "2" });
    await writePassed(folder, small, {});
    expect(await readPassed(folder)).toEqual({ one: "3" });
  });
});
