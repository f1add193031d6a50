import type { Command } from "commander";
import { createLog } from "./log.ts";
import { stopSignal } from "./stop-signal.ts";

/** `kazasu gateway`: HTTP for phones and parties, and the CRL and OCSP listeners. */
export function gatewayCommand(program: Command): void {
  program
    .command("gateway")
    .description("run the HTTP gateway, and the CRL and OCSP listeners (configured by environment variables)")
    .option("--no-status", "leave CRL and OCSP to a `kazasu status` elsewhere")
    .addHelpText("after", "\nRuns until SIGTERM or SIGINT. Exit codes: 0 stopped, 1 failed.")
    .action(({ status }: { status: boolean }) => serve({ gateway: true, status }));
}

/** `kazasu status`: only the CRL and OCSP listeners, which run independently of issuance. */
export function statusCommand(program: Command): void {
  program
    .command("status")
    .description("run only the CRL and OCSP listeners (configured by environment variables)")
    .addHelpText("after", "\nRuns until SIGTERM or SIGINT. Exit codes: 0 stopped, 1 failed.")
    .action(() => serve({ gateway: false, status: true }));
}

async function serve(parts: { gateway: boolean; status: boolean }): Promise<void> {
  const stop = stopSignal();
  const { readConfiguration } = await import("../workers/configuration.ts");
  const log = createLog();
  const configuration = readConfiguration(process.env);
  const running: { close(): Promise<void> }[] = [];
  try {
    if (parts.status) {
      const { runStatus } = await import("../workers/run-status.ts");
      const { crl, ocsp, ...status } = await runStatus(configuration, log);
      running.push(status);
      log.info({ crl, ocsp }, "status listeners are ready");
    }
    if (parts.gateway) {
      const { runGateway } = await import("../workers/run-gateway.ts");
      const { url, ...gateway } = await runGateway(configuration, log);
      running.push(gateway);
      log.info({ url }, "gateway is ready");
    }
    log.info({ signal: await stop }, "stopping");
  } finally {
    for (const part of running.toReversed()) await part.close();
  }
}
