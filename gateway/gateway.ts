import type { Pool } from "pg";
import type { Sealer } from "../registry/sealing.ts";
import type { AboutDeps } from "./groups/about.ts";
import type { IssuanceDeps } from "./groups/issuance.ts";
import type { LoginDeps } from "./groups/logins.ts";
import type { OperatorDeps } from "./groups/operators.ts";
import type { PartyDeps } from "./groups/parties.ts";
import type { PhoneDeps } from "./groups/phones.ts";
import type { DoorSettings } from "./limits/door.ts";
import type { ProvenLimits } from "./limits/proven-limits.ts";
import type { PageVisitDeps } from "./routes/page-visits.ts";

/** Dependencies of every group of routes. */
export interface GatewayBase {
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
  /** The CA's issuer name: the audience of messages signed by phones and operators. */
  issuer: string;
  /** The gateway's public URL, without a trailing slash. */
  publicUrl: string;
  /** How long a phone waits for an answer before it must try again, milliseconds. */
  answerMs: number;
}

/** {@link GatewayBase} and what the server itself creates. */
export interface Given extends GatewayBase {
  limits: ProvenLimits;
  log: Record<"warn" | "error", (fields: object, message: string) => void>;
  /** The test setting: OAuth errors say in the answer what otherwise only the log says. */
  explains: boolean;
}

/** Dependencies of one group of routes beyond the common ones. */
type Own<Deps> = Omit<Deps, keyof Given>;

/** All dependencies of the gateway, by the group of routes that uses them; built in `workers/gateway-parts.ts`. */
export interface GatewayParts {
  base: GatewayBase;
  door: DoorSettings;
  about: Own<AboutDeps>;
  issuance: Own<IssuanceDeps>;
  phones: Own<PhoneDeps>;
  operators: Own<OperatorDeps>;
  /** Taps for the person page; `undefined` without one. */
  page: Own<PageVisitDeps> | undefined;
  logins: Own<LoginDeps>;
  parties: Own<PartyDeps>;
}
