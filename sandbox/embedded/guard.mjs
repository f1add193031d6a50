/**
 * Ends what its parent started once the parent has ended, in whatever way (also by SIGKILL). Node built-ins only. The parent
 * writes lines to our stdin: `watch PID SIGNAL`, `forget PID`, `folder PATH` (to be removed at the end). When the pipe closes
 * each watched process gets its signal, after GRACE_MS its group gets SIGKILL, and we exit.
 */
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const GRACE_MS = Number(process.argv[2] ?? 8_000);
const watched = new Map();
const folders = new Set();

// Only the end of the pipe ends the guard.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const [, verb, subject, signal] = /^(\w+) (.+?)(?: (SIG\w+))?$/.exec(line) ?? [];
  if (verb === "watch") watched.set(Number(subject), signal);
  else if (verb === "forget") watched.delete(Number(subject));
  else if (verb === "folder") folders.add(subject);
}

for (const [pid, signal] of watched) send(pid, signal);
const deadline = Date.now() + GRACE_MS;
while ([...watched.keys()].some((pid) => send(pid, 0)) && Date.now() < deadline) await delay(50);
for (const pid of watched.keys()) if (send(pid, 0)) send(-pid, "SIGKILL");
while ([...watched.keys()].some((pid) => send(pid, 0)) && Date.now() < deadline + 2_000) await delay(50);
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
