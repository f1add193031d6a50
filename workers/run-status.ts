import type { Logger } from "pino";
import { startStatusListeners } from "../gateway/status/status-listeners.ts";
import { StatusRegistry } from "../registry/revocations.ts";
import type { Configuration } from "./configuration.ts";
import { makeParts } from "./parts.ts";

export interface RunningStatus {
  crl: string;
  ocsp: string;
  close(): Promise<void>;
}

/** Runs the CRL and OCSP listeners: Postgres and the CA's keys, and nothing of Temporal. */
export async function runStatus(configuration: Configuration, log: Logger): Promise<RunningStatus> {
  const { authority, pool, clock } = await makeParts(configuration, log);
  const listeners = await startStatusListeners({
    authority,
    registry: new StatusRegistry(pool),
    host: configuration.KAZASU_HOST,
    crlPort: configuration.KAZASU_CRL_PORT,
    ocspPort: configuration.KAZASU_OCSP_PORT,
    log: log.child({ part: "status" }),
    clock,
  });
  return {
    crl: listeners.crl,
    ocsp: listeners.ocsp,
    async close() {
      await listeners.close();
      await pool.end();
    },
  };
}
