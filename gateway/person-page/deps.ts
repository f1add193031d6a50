import type { Pool } from "pg";
import type { CertificateClient } from "../../client/engine/certificate.ts";
import type { ConsentClient } from "../../client/engine/consent.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { WaitingTaps } from "./waiting-taps.ts";

/** Dependencies of the person page, which has its own listener beside the gateway's. */
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
  /** The page's own origin, without a trailing slash: another host than the gateway's. */
  pageUrl: string;
  /** The gateway's URL for phones. */
  publicUrl: string;
  /** How long to wait for a change of a consent, milliseconds. */
  answerMs: number;
  /** Requests per minute of one open page, of one tap, and otherwise from one address. */
  rateLimit: number;
  /** The most open taps; default {@link mostWaiting}. */
  mostWaiting?: number;
  /** Addresses and networks of proxies whose forwarding header is trusted. */
  trustedProxies: readonly string[];
  setting: "production" | "test";
}
