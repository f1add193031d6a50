import { Command, CommanderError } from "commander";
import { auditCommand } from "./audit.ts";
import { cardCommand } from "./card.ts";
import { ceremonyCommand } from "./ceremony.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { enrolCommand } from "./enrol.ts";
import { gatewayCommand, statusCommand } from "./gateway.ts";
import { migrateCommand } from "./migrate.ts";
import { operationCommand } from "./operation.ts";
import { partyCommand } from "./party.ts";
import { sandboxCommand } from "./sandbox.ts";
import { tapCommand } from "./tap.ts";
import { upCommand } from "./up.ts";
import { workerCommand } from "./worker.ts";

const CLOSING = `
Exit codes: 0 done, 1 failed or misused, 2 refused (enrol, card verify, ceremony, operation send) or found wrong (audit),
3 unreachable (enrol, operation send) or not vouched for (audit verify), 4 lines wait for too long (audit verify).
KAZASU_DEBUG=1 shows stacks; KAZASU_LOG_LEVEL sets the level of the log on stderr (default info).`;

const REGISTRATIONS = [
  demoCommand,
  upCommand,
  sandboxCommand,
  workerCommand,
  gatewayCommand,
  statusCommand,
  migrateCommand,
  doctorCommand,
  enrolCommand,
  tapCommand,
  cardCommand,
  partyCommand,
  ceremonyCommand,
  operationCommand,
  auditCommand,
];

/**
 * Runs one command.
 * @param args what follows `kazasu`
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  // Stdout is the command's answer; libraries say by these what they have to say.
  console.info = console.error;
  console.debug = console.error;
  const program = new Command("kazasu")
    .description("One tap of the My Number Card, and an app on the phone holds a certificate.")
    .addHelpText("after", CLOSING)
    .exitOverride();
  for (const register of REGISTRATIONS) register(program);
  for (const command of program.commands) inheritExit(command);
  try {
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its own: help, or what was wrong with the command line.
    if (error instanceof CommanderError) return error.exitCode;
    const failure = error instanceof Error ? error : new Error(String(error));
    const text =
      process.env.KAZASU_DEBUG === "1" ? failure.stack : failure.message.replaceAll(/\s*\n\s*/g, " ");
    process.stderr.write(`kazasu: ${text}\n`);
    return 1;
  }
}

function inheritExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) inheritExit(child);
}
