import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openDirectory } from "../../../sandbox/embedded/directory.ts";
import { identify } from "../../../sandbox/embedded/processes.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-directory-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const gone = { pid: process.pid, started: "before this process" };

test("ok/ports are remembered from one holder to the next", async () => {
  const first = await openDirectory(folder);
  expect(first.ports).toEqual({});
  await first.rememberPorts({ gateway: 20_001 });
  await first.release();
  const second = await openDirectory(folder);
  expect(second.ports).toEqual({ gateway: 20_001 });
  await second.release();
});

test("fail/a folder that is held is refused, naming the holder", async () => {
  const first = await openDirectory(folder);
  await expect(openDirectory(folder)).rejects.toThrow(`in use by process ${process.pid}`);
  await first.release();
});

test("fail/of many that start at once one gets the folder", async () => {
  const starts = await Promise.allSettled(Array.from({ length: 20 }, () => openDirectory(folder)));
  expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("ok/a holder that died is replaced, though its number is another process's now", async () => {
  await writeFile(join(folder, "owner.json"), JSON.stringify({ owner: gone, servers: [] }));
  const opened = await openDirectory(folder);
  const held = JSON.parse(await readFile(join(folder, "owner.json"), "utf8")) as { owner: unknown };
  expect(held.owner).toEqual(await identify(process.pid));
  await opened.release();
});

test("ok/a server that outlived its holder and the guard is ended first", async () => {
  const orphan = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log('up')"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(orphan.stdout, "data");
  const servers = [await identify(orphan.pid as number)];
  await writeFile(join(folder, "owner.json"), JSON.stringify({ owner: gone, servers }));
  const ended = once(orphan, "exit");
  const opened = await openDirectory(folder);
  expect(await ended).toEqual([null, "SIGINT"]);
  await opened.release();
});
