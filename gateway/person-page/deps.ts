import type { Pool } from "pg";
import type { CertificateClient } from "../../client/engine/certificate.ts";
import type { ConsentClient } from "../../client/engine/consent.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { WaitingTaps } from "./waiting-taps.ts";

/** What the CA's own page works with, beside the gateway and on a listener of its own. */
export interface PersonPageDeps {
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
  consent: Pick<ConsentClient, "change">;
  certificate: Pick<CertificateClient, "reread">;
  taps: WaitingTaps;
  log: { warn(fields: object, message: string): void };
  settings: PersonPageSettings;
}

export interface PersonPageSettings {
  /** The page's own origin, without a slash at its end: another host than the gateway's. */
  pageUrl: string;
  /** Where phones reach the gateway. */
  publicUrl: string;
  /** How long a change of a consent is waited for, milliseconds. */
  answerMs: number;
  /** Requests a minute of one open page, of one tap, and from one address of what is neither. */
  rateLimit: number;
  /** Taps that wait for a card at most; {@link mostWaiting} where nothing is said. */
  mostWaiting?: number;
  /** Addresses and networks of proxies whose word on the client's address is taken. */
  trustedProxies: readonly string[];
  setting: "production" | "test";
}
