import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "@jest/globals";
import { startGuard } from "../../../sandbox/embedded/guard.ts";
import { awaitEnd, identify } from "../../../sandbox/embedded/processes.ts";

const script = fileURLToPath(new URL("../../../sandbox/embedded/guard.mjs", import.meta.url));
const started: ChildProcess[] = [];

// Detached like the servers it replaces; prints when its signal handlers are installed.
async function server(code = ""): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", `${code}; setInterval(() => {}, 1000); console.log("up")`], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  started.push(child);
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child;
}

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

test("ok/a watched process gets its own signal when the guard is closed, and the folder is deleted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kazasu-guard-"));
  const child = await server("process.on('SIGINT', () => process.exit(7))");
  const guard = await startGuard();
  guard.watch(child.pid as number, "SIGINT");
  guard.removeAtEnd(folder);
  const [[code]] = await Promise.all([once(child, "exit"), guard.close()]);
  expect(code).toBe(7);
  expect(existsSync(folder)).toBe(false);
});

test("ok/a process that is no longer watched is left alone", async () => {
  const child = await server();
  const changes: (readonly number[])[] = [];
  const guard = await startGuard((pids) => changes.push(pids));
  guard.watch(child.pid as number, "SIGTERM");
  guard.forget(child.pid as number);
  await guard.close();
  expect(child.exitCode ?? child.signalCode).toBeNull();
  expect(changes).toEqual([[child.pid], []]);
});

test("fail/a parent killed by SIGKILL: the guard ends what it watches, then itself", async () => {
  const child = await server();
  // A parent that starts a guard the way we do, hands it the server, and then hangs.
  const parent = spawn(
    process.execPath,
    [
      "-e",
      `const { spawn } = require("node:child_process");
       const guard = spawn(process.execPath, [${JSON.stringify(script)}], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
       guard.stdin.write("watch ${child.pid} SIGTERM\\n", () => console.log(guard.pid));
       setInterval(() => {}, 1000);`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  started.push(parent);
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const guard = await identify(Number(line.toString()));
  if (guard === undefined) throw new Error("the guard did not start");
  const ended = once(child, "exit");
  parent.kill("SIGKILL");
  expect(await ended).toEqual([null, "SIGTERM"]);
  expect(await awaitEnd(guard, 10_000)).toBe(true);
});

test("fail/a server that ignores its signal is killed in the end", async () => {
  const child = await server("process.on('SIGTERM', () => {})");
  const guard = await startGuard(() => {}, 200);
  guard.watch(child.pid as number, "SIGTERM");
  const [[, signal]] = await Promise.all([once(child, "exit"), guard.close()]);
  expect(signal).toBe("SIGKILL");
});
