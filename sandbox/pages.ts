import { dirname, join } from "node:path";
import type { Logger } from "pino";
import type { Stack } from "./embedded/stack.ts";

/** The phone, ABC Bank and the town hall as pages beside a running stack, with the sandbox's persons. */
export async function startPages(
  stack: Stack,
  log: Logger,
): Promise<{ url: string; close: () => Promise<void> }> {
  const { startSandbox } = await import("./start.ts");
  const { environment, control, ...addresses } = stack;
  const keys = environment["KAZASU_KEYS"] ?? "";
  const folder = join(dirname(keys), "people");
  const port = control === undefined ? undefined : Number(new URL(control).port);
  const sandbox = await startSandbox({ folder, addresses, keys, log, port, lazy: true });
  return { url: `${sandbox.url}/pages/phone/`, close: () => sandbox.close() };
}
