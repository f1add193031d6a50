import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { Person } from "../sandbox/persons/person.ts";
import type { FirstThings } from "../sandbox/trial/ready-clients.ts";
import { createLog } from "./log.ts";
import { stopSignal } from "./stop-signal.ts";

interface SandboxCommand {
  data: string;
  port?: number;
  json?: true;
}

/** `kazasu sandbox`: the whole embedded stack with test persons for testing a party, until it is stopped. */
export function sandboxCommand(program: Command): void {
  program
    .command("sandbox")
    .description("the whole system with named test persons, one for each outcome, for testing a party")
    .option("--data <folder>", "data folder, reused by the next start", "var/sandbox")
    .option("--port <port>", "of the control interface (default: the last one, else a free one)", portOf)
    .option("--json", "when ready, print addresses and persons as one line of JSON on stdout")
    .addHelpText(
      "after",
      "\nRuns until SIGTERM or SIGINT; docs/tutorial/sandbox.md has a walk-through. Exit codes: 0 stopped, 1 could not start.",
    )
    .action(async ({ data, port, json }: SandboxCommand) => {
      const stop = stopSignal();
      // Phones, a developer's tests and their party all use one address, and one person taps for all of them.
      process.env["KAZASU_RATE_LIMIT"] ??= "10000";
      process.env["KAZASU_CARD_QUESTIONS_PER_HOUR"] ??= "10000";
      process.env["KAZASU_LOG_LEVEL"] ??= "warn";
      const started = performance.now();
      const say = (line: string) =>
        process.stderr.write(
          `  ${((performance.now() - started) / 1_000).toFixed(1).padStart(5)} s  ${line}\n`,
        );
      say("starting Temporal, Postgres, the simulators and the engine");
      const { startStack } = await import("../sandbox/embedded/stack.ts");
      const { startSandbox } = await import("../sandbox/start.ts");
      const { Trace } = await import("../sandbox/watch/trace.ts");
      const log = createLog();
      const trace = new Trace();
      const stack = await startStack({ directory: data, control: { port, watch: trace.take }, log });
      try {
        say("creating or restoring the test persons");
        const { environment, control, ...addresses } = stack;
        const keys = environment["KAZASU_KEYS"] ?? "";
        const folder = join(data, "people");
        const own = control === undefined ? undefined : Number(new URL(control).port);
        const sandbox = await startSandbox({ folder, addresses, keys, port: own, trace, log });
        try {
          say("ready");
          const { gateway, bank, jlis, pushService, crl, ocsp, console: operators } = stack;
          const outside = { gateway, bank, jlis, pushService, crl, ocsp };
          const shown = { sandbox: sandbox.url, ...outside, console: operators };
          const people = [...sandbox.people.values()];
          const { first } = sandbox;
          console.log(
            json
              ? JSON.stringify({ ...shown, ...first, people: slugs(people) })
              : table(shown, first, people),
          );
          log.info({ signal: await stop }, "stopping");
        } finally {
          await sandbox.close();
        }
      } finally {
        await stack.close();
      }
    });
}

function portOf(given: string): number {
  const port = Number(given);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("A port must be a number from 1 to 65535.");
}

const slugs = (people: readonly Person[]): string[] => people.map(({ cast }) => cast.slug);

/** A block for each issuer, and one for the root. */
const firstLines = ({ issuers, root }: FirstThings, width: number): string[] => {
  const line = (name: string, value: string) => `  ${name.padEnd(width)}${value}`;
  const clients = Object.entries(issuers).flatMap(([name, ready]) => [
    line(name, ready.issuer),
    line("  client", ready.clientId),
    line("  private key", `${ready.keyFile} (kid ${ready.kid})`),
    line("", ready.pemFile),
    line("  redirect", ready.redirectUri),
  ]);
  return [
    "Two issuers, and a client at each:",
    ...clients,
    "",
    "The CA root to trust:",
    line("root", root.file),
    line("  SHA-256", root.sha256),
  ];
};

function table(addresses: Record<string, string>, first: FirstThings, people: readonly Person[]): string {
  const width = Math.max(...slugs(people).map((slug) => slug.length)) + 2;
  const persons = people.flatMap(({ cast: { slug, register, expect } }) => [
    `  ${slug.padEnd(width)}${register.name}`,
    `  ${"".padEnd(width)}${expect.en}`,
    `  ${"".padEnd(width)}${expect.ja}`,
  ]);
  const lines = Object.entries(addresses).map(([name, url]) => `  ${name.padEnd(width)}${url}`);
  const blocks = [...lines, "", ...firstLines(first, width), "", "Test persons:", ...persons];
  return ["kazasu sandbox is up:", ...blocks, "", "Ctrl-C ends it."].join("\n");
}
