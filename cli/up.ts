import type { Command } from "commander";
import { createLog } from "./log.ts";
import { stopSignal } from "./stop-signal.ts";

const KEYS = [
  "temporal",
  "namespace",
  "postgres",
  "gateway",
  "temporalUi",
  "jlis",
  "attester",
  "pushService",
  "bank",
  "clinic",
  "ocsp",
  "crl",
  "personPage",
  "console",
] as const;

/** `kazasu up`: the whole embedded stack until it is stopped. */
export function upCommand(program: Command): void {
  program
    .command("up")
    .description("start Temporal, Postgres, the simulators, a worker and the gateway on this machine")
    .option("--data <folder>", "data folder, reused by the next start (default: a temporary folder)")
    .option("--json", "when ready, print the addresses as one line of JSON on stdout")
    .addHelpText("after", "\nRuns until SIGTERM or SIGINT. Exit codes: 0 stopped, 1 could not start.")
    .action(async ({ data, json }: { data?: string; json?: true }) => {
      const stop = stopSignal();
      const { startStack } = await import("../sandbox/embedded/stack.ts");
      const log = createLog();
      const folder = data === undefined ? {} : { directory: data };
      const stack = await startStack({ ...folder, control: {}, log });
      try {
        const { startPages } = await import("../sandbox/pages.ts");
        const pages = await startPages(stack, log);
        try {
          const addresses = Object.fromEntries(KEYS.map((key) => [key, stack[key]]));
          const all = { ...addresses, pages: pages.url };
          console.log(json ? JSON.stringify(all) : table(all));
          log.info({ signal: await stop }, "stopping");
        } finally {
          await pages.close();
        }
      } finally {
        await stack.close();
      }
    });
}

function table(addresses: Record<string, string>): string {
  const lines = Object.entries(addresses).map(([name, value]) => `  ${name.padEnd(12)}${value}`);
  return ["kazasu is up:", ...lines, "Ctrl-C ends it."].join("\n");
}
