import type { Logger } from "pino";
import { StatusRegistry } from "../registry/certificate/status.ts";
import { startStatusListeners } from "../status/status-listeners.ts";
import { startInOrder } from "./closings.ts";
import type { Configuration } from "./configuration.ts";
import { makeAuthorityParts } from "./parts.ts";
import { statusUrls } from "./status-urls.ts";

export interface RunningStatus {
  crl: string;
  ocsp: string;
  close(): Promise<void>;
}

/** Runs the CRL and OCSP listeners, which use Postgres and the CA's keys, and not Temporal. */
export async function runStatus(configuration: Configuration, log: Logger): Promise<RunningStatus> {
  return startInOrder(async (onClose) => {
    const parts = await makeAuthorityParts(configuration, log);
    onClose(() => parts.close());
    const listeners = await startStatusListeners({
      authorities: parts.authorities,
      registry: new StatusRegistry(parts.pool),
      host: configuration.KAZASU_HOST,
      crlPort: configuration.KAZASU_CRL_PORT,
      ocspPort: configuration.KAZASU_OCSP_PORT,
      crlBase: statusUrls(configuration).crlBase,
      log: log.child({ part: "status" }),
      trustedProxies: configuration.KAZASU_TRUSTED_PROXIES,
      clock: parts.clock,
    });
    onClose(() => listeners.close());
    return { crl: listeners.crl, ocsp: listeners.ocsp };
  });
}
