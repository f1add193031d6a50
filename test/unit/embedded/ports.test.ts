import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "@jest/globals";
import { choosePort, isFree } from "../../../sandbox/embedded/ports.ts";

async function occupy() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

test("ok/the port of the last run is taken again when it is free", async () => {
  const { server, port } = await occupy();
  server.close();
  await once(server, "close");
  expect(await choosePort(port, new Set())).toBe(port);
});

test("ok/a port that is occupied by now is replaced by a free one", async () => {
  const { server, port } = await occupy();
  try {
    const chosen = await choosePort(port, new Set());
    expect(chosen).not.toBe(port);
    expect(await isFree(chosen)).toBe(true);
    expect(await isFree(port)).toBe(false);
  } finally {
    server.close();
  }
});

test("ok/ports chosen together differ, even when none is bound yet", async () => {
  const taken = new Set<number>();
  const chosen: number[] = [];
  for (let index = 0; index < 20; index += 1) chosen.push(await choosePort(undefined, taken));
  expect(new Set(chosen).size).toBe(20);
  expect(await choosePort(chosen[0], taken)).not.toBe(chosen[0]);
});

test("ok/a port that is chosen and not bound yet is not chosen by another process", async () => {
  const chosen = await choosePort(undefined, new Set());
  const module = new URL("../../../dist/sandbox/embedded/ports.js", import.meta.url).href;
  const program = `const { choosePort } = await import(${JSON.stringify(module)});
    process.stdout.write(String(await choosePort(${chosen}, new Set())));`;
  const other = execFileSync(process.execPath, ["--input-type=module", "--eval", program]).toString();
  expect(Number(other)).not.toBe(chosen);
  expect(await choosePort(chosen, new Set())).toBe(chosen);
});
