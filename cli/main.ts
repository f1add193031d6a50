import { Command, CommanderError } from "commander";
import { isWithoutSandbox } from "./without-sandbox.ts";

type Register = (program: Command) => void;

/** The commands, each loaded on demand; all of them for the help. */
const commands: Record<string, () => Promise<Register>> = {
  demo: async () => (await import("./demo.ts")).demoCommand,
  up: async () => (await import("./up.ts")).upCommand,
  sandbox: async () => (await import("./sandbox.ts")).sandboxCommand,
  worker: async () => (await import("./worker.ts")).workerCommand,
  gateway: async () => (await import("./gateway.ts")).gatewayCommand,
  status: async () => (await import("./gateway.ts")).statusCommand,
  migrate: async () => (await import("./migrate.ts")).migrateCommand,
  doctor: async () => (await import("./doctor.ts")).doctorCommand,
  enrol: async () => (await import("./enrol.ts")).enrolCommand,
  tap: async () => (await import("./tap.ts")).tapCommand,
  card: async () => (await import("./card.ts")).cardCommand,
  party: async () => (await import("./party.ts")).partyCommand,
  ceremony: async () => (await import("./ceremony.ts")).ceremonyCommand,
  operation: async () => (await import("./operation.ts")).operationCommand,
  audit: async () => (await import("./audit.ts")).auditCommand,
};

const CLOSING = `
Exit codes: 0 done, 1 failed or misused, 2 refused (enrol, card verify, ceremony, operation send) or found wrong (audit),
3 unreachable (enrol, operation send) or not vouched for (audit verify), 4 lines wait for too long (audit verify).
KAZASU_DEBUG=1 shows stacks; KAZASU_LOG_LEVEL sets the level of the log on stderr (default info).`;

/**
 * Runs one command.
 * @param args the arguments after `kazasu`
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  // Stdout is for the command's output; libraries print messages with these.
  console.info = console.error;
  console.debug = console.error;
  const program = new Command("kazasu")
    .description("One tap of the My Number Card, and an app on the phone holds a certificate.")
    .addHelpText("after", CLOSING)
    .exitOverride();
  const wanted = args[0] ?? "";
  const names = Object.hasOwn(commands, wanted) ? [wanted] : Object.keys(commands);
  for (const name of names) await register(program, name);
  for (const command of program.commands) inheritExit(command);
  try {
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has already printed the help or the error.
    if (error instanceof CommanderError) return error.exitCode;
    const failure = isWithoutSandbox(error) ? withoutSandbox(wanted, error) : asError(error);
    const text =
      process.env.KAZASU_DEBUG === "1" ? failure.stack : failure.message.replaceAll(/\s*\n\s*/g, " ");
    process.stderr.write(`kazasu: ${text}\n`);
    return 1;
  }
}

/** A production install has neither the sandbox nor the simulators: their commands report that. */
async function register(program: Command, name: string): Promise<void> {
  try {
    (await commands[name]?.())?.(program);
  } catch (error) {
    if (!isWithoutSandbox(error)) throw error;
    program
      .command(name, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw error;
      });
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const withoutSandbox = (name: string, cause: Error): Error =>
  new Error(
    `\`kazasu ${name}\` plays with the sandbox, which this installation is without; run it from a clone of kazasu.`,
    { cause },
  );

function inheritExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) inheritExit(child);
}
