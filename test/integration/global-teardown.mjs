import { rm } from "node:fs/promises";

export default async function globalTeardown() {
  const { child, directory } = globalThis.kazasuStack;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const code = await ended;
  await rm(directory, { recursive: true, force: true });
  if (code !== 0) throw new Error(`kazasu up ended with ${code} on SIGTERM, and should with 0.`);
}
