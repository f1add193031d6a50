#!/usr/bin/env node
/** `kazasu-card`, of the package @kazasu/card: the same as `npx kazasu card serve` in a clone, without the engine. */
import { checkNode } from "./node-version.mjs";
import { fail } from "./progress.mjs";
import { stopWithParent } from "./run.mjs";

stopWithParent();
try {
  checkNode(process.versions.node);
  const { Command } = await import("commander");
  const { serveCommand } = await import("../dist/cli/card-serve.js");
  const program = new Command("kazasu-card");
  serveCommand(program);
  await program.parseAsync(["serve", ...process.argv.slice(2)], { from: "user" });
} catch (error) {
  fail(error);
}
