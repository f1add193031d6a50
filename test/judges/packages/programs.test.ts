import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cleanEnvironment, packAll } from "./folder.ts";

/** The tarballs of programs, as somebody without a clone runs them: `npx --package ./X.tgz NAME`. */

let tarballs: Record<string, string>;
const folders: string[] = [];
beforeAll(async () => {
  tarballs = await packAll("@kazasu/sandbox", "@kazasu/card");
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Starts it in an empty folder. What it prints first is its line; SIGTERM ends all of it, npm's own processes too. */
async function npx(name: string, args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), "kazasu-npx-"));
  folders.push(folder);
  const command = ["--yes", "--package", tarballs[name] ?? "", `kazasu-${name}`, ...args];
  const child: ChildProcess = spawn("npx", command, {
    cwd: folder,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Its own streams are closed when the last process that holds them has ended.
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await Promise.race([once(lines, "line"), closed])) as [unknown];
  if (typeof line !== "string")
    throw new Error(`kazasu-${name} ended with ${String(line)} before it was ready.`);
  return {
    folder,
    line,
    async stop() {
      child.kill("SIGTERM");
      await closed;
    },
  };
}

test("ok/kazasu-sandbox is a whole stack with its persons in an empty folder, until it is told to stop", async () => {
  const { folder, line, stop } = await npx("sandbox", ["--json", "--data", "data"]);
  const { sandbox, gateway, people } = JSON.parse(line) as Record<string, string>;
  try {
    expect(people).toContain("plain");
    const enrolled = await fetch(`${sandbox}/people/plain/enrol`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect({ status: enrolled.status, text: await enrolled.text() }).toMatchObject({ status: 200 });
    expect((await fetch(`${gateway}/.well-known/kazasu-configuration`)).status).toBe(200);
    expect(await readdir(folder)).toEqual(["data"]);
  } finally {
    await stop();
  }
  await expect(fetch(`${gateway}/health`)).rejects.toThrow();
});

test("ok/kazasu-card puts a card into a virtual reader, which powers it and asks for its ATR", async () => {
  const reader = createServer();
  reader.listen(0, "127.0.0.1");
  await once(reader, "listening");
  const { port } = reader.address() as { port: number };
  const inserted = once(reader, "connection") as Promise<[Socket]>;
  const { line, stop } = await npx("card", ["--vpcd", `127.0.0.1:${port}`, "--person", "hanako"]);
  try {
    expect(line).toMatch(/^The card of hanako is in the virtual reader/);
    const [socket] = await inserted;
    // vpcd's protocol: a length of two bytes, then a control byte: 1 powers the card, 4 asks for its answer to reset.
    socket.write(Buffer.from([0, 1, 1, 0, 1, 4]));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.readUInt16BE(0)).toBeGreaterThan(1);
    expect(answer[2]).toBe(0x3b);
    socket.destroy();
  } finally {
    await stop();
    reader.close();
  }
});
