import type { Logger } from "pino";
import { type RootCrlRenewal, renewRootCrls } from "../pki/ca/ceremony/renew-root-crls.ts";
import { authorityDirectory } from "./authorities.ts";
import type { Configuration } from "./configuration.ts";

/**
 * Renews the CRLs of development roots that are due. If only operators can renew a root's CRL, and it ends soon, logs an error
 * each time, in addition to the red of `/health`.
 */
export async function renewDueRootCrls(
  configuration: Configuration,
  { passphrase, clock, log }: { passphrase: string; clock: () => Date; log: Pick<Logger, "info" | "error"> },
): Promise<RootCrlRenewal> {
  const renewal = await renewRootCrls({
    directory: authorityDirectory(configuration),
    passphrase,
    development: configuration.KAZASU_SETTING === "test",
    clock,
  });
  for (const generation of renewal.renewed) log.info({ generation }, "The CRL of a root was renewed.");
  for (const { generation, nextUpdate } of renewal.ending) {
    log.error(
      { generation, nextUpdate: nextUpdate.toISOString() },
      "The CRL of a root ends soon, or has ended, and only its operators can renew it: `npx kazasu ceremony root-crl`.",
    );
  }
  return renewal;
}
