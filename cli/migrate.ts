import type { Command } from "commander";
import { createLog } from "./log.ts";

/** `kazasu migrate`: migrates Postgres and the Temporal namespace to this version. */
export function migrateCommand(program: Command): void {
  program
    .command("migrate")
    .description(
      "migrate the database and the namespace to this version; safe to repeat (configured by environment)",
    )
    .addHelpText("after", "\nExit codes: 0 done, 1 failed.")
    .action(async () => {
      const [{ readConfiguration }, { migrateAll }] = await Promise.all([
        import("../workers/configuration.ts"),
        import("../workers/run-migrate.ts"),
      ]);
      await migrateAll(readConfiguration(process.env), createLog());
      console.log("migrated");
    });
}
