import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cleanEnvironment, installed, packAll, root } from "./folder.ts";

/** The tarballs of programs, as somebody without a clone runs them: `npx --package ./X.tgz NAME`. */

let tarballs: Record<string, string>;
const folders: string[] = [];
beforeAll(async () => {
  tarballs = await packAll(
    ...["sandbox", "card", "protocol", "pki", "relying-party"].map((name) => `@kazasu/${name}`),
  );
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
    stop: async () => {
      child.kill("SIGTERM");
      await closed;
    },
  };
}

/** docs/examples/my-bank.mjs unchanged, once it waits for a change: its promise is for all its output. */
async function firstProgram(sandbox: string, gateway: string): Promise<{ said: Promise<string> }> {
  const names = ["protocol", "pki", "relying-party"];
  const folder = await installed(
    process.execPath,
    names.map((name) => tarballs[name] ?? ""),
  );
  folders.push(folder);
  await cp(join(root, "docs/examples/my-bank.mjs"), join(folder, "my-bank.mjs"));
  const child = spawn(process.execPath, ["my-bank.mjs", sandbox, gateway], {
    cwd: folder,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const all: string[] = [];
  lines.on("line", (line) => all.push(line));
  const exit = once(child, "exit");
  await Promise.race([once(lines, "line"), exit]);
  return { said: exit.then(() => all.join("\n")) };
}

test("ok/kazasu-sandbox is a whole stack with its persons in an empty folder, until SIGTERM", async () => {
  const { folder, line, stop } = await npx("sandbox", ["--json", "--data", "data"]);
  const { sandbox, gateway, people } = JSON.parse(line) as Record<string, string>;
  try {
    expect(people).toContain("plain");
    expect(JSON.parse(line)).toMatchObject({
      issuers: { openid: { clientId: "first-bank" }, oidc: { clientId: "first-bank-oidc" } },
      root: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(await fetch(sandbox!)).toMatchObject({ status: 200, url: `${sandbox}/pages/developer/` });
    const post = async (act: string, body: object) => {
      const headers = { "content-type": "application/json" };
      const given = { method: "POST", headers, body: JSON.stringify(body) };
      const answer = await fetch(`${sandbox}/people/plain/${act}`, given);
      expect({ status: answer.status, text: await answer.text() }).toMatchObject({ status: 200 });
    };
    // The pages' first program of a party, in a folder that npm has filled.
    const { said } = await firstProgram(sandbox!, gateway!);
    await post("enrol", { party: "my-bank" });
    await post("move", { address: "東京都府中市宮西町二丁目２４番地" });
    await post("answer", { decision: "confirm" });
    expect(await said).toMatch(/: address is now 東京都府中市宮西町二丁目２４番地$/m);
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
