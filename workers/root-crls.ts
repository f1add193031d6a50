import type { Logger } from "pino";
import { type RootCrlRenewal, renewRootCrls } from "../pki/ca/ceremony/renew-root-crls.ts";
import { authorityDirectory } from "./authorities.ts";
import type { Configuration } from "./configuration.ts";

/**
 * Renews the CRLs of development roots that are due. Where a root is its operators' alone, and its CRL ends soon, an error in
 * the log says so each time, beside the red of `/health`.
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
  for (const generation of renewal.renewed) log.info({ generation }, "The CRL of a root is renewed.");
  for (const { generation, nextUpdate } of renewal.ending) {
    log.error(
      { generation, nextUpdate: nextUpdate.toISOString() },
      "The CRL of a root ends soon, or has ended, and only its operators can renew it: `npx kazasu ceremony root-crl`.",
    );
  }
  return renewal;
}
