import { rm } from "node:fs/promises";
import { join } from "node:path";

export default async function globalTeardown() {
  const stack = globalThis.kazasuStack;
  const verdict = await verdictOn(stack.directory);
  stack.asked = true;
  stack.child.kill("SIGTERM");
  const how = await stack.ended;
  await rm(stack.directory, { recursive: true, force: true });
  if (verdict.tampering)
    throw new Error(`The audit log of all these tests does not verify: ${JSON.stringify(verdict)}`);
  if (how !== 0) throw new Error(`kazasu up ended with ${how} on SIGTERM or before it, and should with 0.`);
}

/** Every act of every test has left its rows and its lines, and they belong together. */
async function verdictOn(directory) {
  const { runAuditVerification } = await import("../../dist/workers/verify-audit.js");
  return runAuditVerification({
    DATABASE_URL: JSON.parse(process.env.KAZASU_INTEGRATION).postgres,
    KAZASU_KEYS: join(directory, "keys"),
    KAZASU_CHECKPOINTS: join(directory, "checkpoints"),
  });
}
