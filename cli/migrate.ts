import type { Command } from "commander";
import { createLog } from "./log.ts";

/** `kazasu migrate`: brings Postgres and the Temporal namespace to what this version needs. */
export function migrateCommand(program: Command): void {
  program
    .command("migrate")
    .description(
      "bring the database and the namespace to this version; safe to repeat (configured by environment)",
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
