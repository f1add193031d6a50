import type { Command } from "commander";
import type { Finding } from "./examination.ts";

/** `kazasu doctor`: examines every part that the engine needs and prints advice. */
export function doctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("examine each part: found, version, reachable, advice")
    .option("--json", "print { ok, parts: [{ part, state, version, detail, advice }] } on stdout")
    .addHelpText(
      "after",
      "\nStates: ok, absent (not set up, not needed by `up`), broken. Exit codes: 0 none broken, 1 some.",
    )
    .action(async ({ json }: { json?: true }) => {
      const { examineAll } = await import("./examination.ts");
      const parts = await examineAll(process.env);
      const ok = parts.every(({ state }) => state !== "broken");
      console.log(json ? JSON.stringify({ ok, parts }) : parts.map(line).join("\n"));
      process.exitCode = ok ? 0 : 1;
    });
}

const MARKS = { ok: "✓", absent: "–", broken: "✗" };

function line({ part, state, version, detail, advice }: Finding): string {
  const what = [version, detail].filter((text) => text !== undefined).join("  ");
  const next = advice === undefined ? "" : `\n${" ".repeat(24)}→ ${advice}`;
  return `${MARKS[state]} ${part.padEnd(22)}${what}${next}`;
}
