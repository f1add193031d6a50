import { lstat, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { copyPostgres, hydrateSymlinks } from "../../../sandbox/embedded/postgres-binaries.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kazasu-postgres-test-"));
  await mkdir(join(root, "native/lib"), { recursive: true });
  await writeFile(join(root, "native/lib/libpq.so.5.18"), "library");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const list = (links: { source: string; target: string }[]) =>
  writeFile(join(root, "native/pg-symlinks.json"), JSON.stringify(links));

test("ok/links the install script did not make are made, once", async () => {
  await list([{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }]);
  await hydrateSymlinks(root);
  await hydrateSymlinks(root);
  expect(await readlink(join(root, "native/lib/libpq.so.5"))).toBe("libpq.so.5.18");
  expect(await readFile(join(root, "native/lib/libpq.so.5"), "utf8")).toBe("library");
});

test("ok/a package without a list needs none", async () => {
  await expect(hydrateSymlinks(root)).resolves.toBeUndefined();
});

test("fail/a link that leaves its folder is refused", async () => {
  await list([{ source: "native/lib/libpq.so.5.18", target: "native/other/libpq.so.5" }]);
  await expect(hydrateSymlinks(root)).rejects.toThrow("leaves its folder");
});

test("ok/the copy keeps links and is made once", async () => {
  await list([{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so" }]);
  await hydrateSymlinks(root);
  await mkdir(join(root, "native/bin"));
  await writeFile(join(root, "native/bin/postgres"), "program");
  const folder = join(root, "native");
  const binaries = { folder, initdb: join(folder, "bin/initdb"), postgres: join(folder, "bin/postgres") };
  const copy = await copyPostgres(binaries, root);
  expect((await lstat(join(copy.folder, "lib/libpq.so"))).isSymbolicLink()).toBe(true);
  const before = await lstat(copy.folder);
  expect((await copyPostgres(binaries, root)).folder).toBe(copy.folder);
  expect((await lstat(copy.folder)).ino).toBe(before.ino);
});
