import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { prepare, root } from "./bootstrap.mjs";
import { fail } from "./progress.mjs";
import { stopWithParent } from "./run.mjs";

/** Commands that start their own Temporal server. */
const EMBEDDED = ["up", "demo", "sandbox"];

/**
 * Prepares the clone and runs a command of cli/main.ts in this process: one process to signal, one exit code.
 * @param {string[]} args the arguments after `kazasu`
 */
export async function command(args) {
  hideExperimentalWarnings();
  stopWithParent();
  try {
    const help = args.includes("--help") || args.includes("-h");
    const wanted = help ? {} : { fetch: EMBEDDED.includes(args[0]) ? ["temporal"] : [] };
    if (args[0] === "doctor") wanted.find = ["temporal", "temporal-test-server"];
    Object.assign(process.env, await prepare(wanted));
    const { main } = await import(pathToFileURL(join(root, "dist/cli/main.js")).href);
    process.exitCode = await main(args);
  } catch (error) {
    fail(error);
  }
}

function hideExperimentalWarnings() {
  const listeners = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") for (const listener of listeners) listener(warning);
  });
}
