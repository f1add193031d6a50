import type { Command } from "commander";
import { createLog } from "./log.ts";
import { stopSignal } from "./stop-signal.ts";

/** `kazasu worker`: runs workflows and activities, configured by the environment. */
export function workerCommand(program: Command): void {
  program
    .command("worker")
    .description("run a worker (configured by environment variables; see docker-compose.yml)")
    .addHelpText("after", "\nRuns until SIGTERM or SIGINT. Exit codes: 0 stopped, 1 failed.")
    .action(async () => {
      const stop = stopSignal();
      const [{ readConfiguration }, { runWorker }] = await Promise.all([
        import("../workers/configuration.ts"),
        import("../workers/run-worker.ts"),
      ]);
      const log = createLog();
      const worker = await runWorker(readConfiguration(process.env), log);
      log.info("worker is running");
      log.info({ signal: await stop }, "stopping");
      await worker.close();
    });
}
