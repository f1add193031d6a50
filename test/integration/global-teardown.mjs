import { rm } from "node:fs/promises";

export default async function globalTeardown() {
  const stack = globalThis.kazasuStack;
  stack.asked = true;
  stack.child.kill("SIGTERM");
  const how = await stack.ended;
  await rm(stack.directory, { recursive: true, force: true });
  if (how !== 0) throw new Error(`kazasu up ended with ${how} on SIGTERM or before it, and should with 0.`);
}
