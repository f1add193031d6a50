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

/** What every group of routes stands on. */
export interface GatewayBase {
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
  /** The CA's issuer name: the audience of what phones and operators sign. */
  issuer: string;
  /** Where the world reaches the gateway, without a slash at its end. */
  publicUrl: string;
  /** How long a phone is kept waiting before it is asked to try again, milliseconds. */
  answerMs: number;
}

/** {@link GatewayBase} and what the server itself makes. */
export interface Given extends GatewayBase {
  limits: ProvenLimits;
  log: { warn(fields: object, message: string): void };
}

/** What one group of routes takes beyond what all are given. */
type Own<Deps> = Omit<Deps, keyof Given>;

/** Everything the gateway works with, by the group of routes that uses it; put together in `workers/gateway-parts.ts`. */
export interface GatewayParts {
  base: GatewayBase;
  door: DoorSettings;
  about: Own<AboutDeps>;
  issuance: Own<IssuanceDeps>;
  phones: Own<PhoneDeps>;
  operators: Own<OperatorDeps>;
  /** Taps for the CA's own page; `undefined` where there is none. */
  page: Own<PageVisitDeps> | undefined;
  logins: Own<LoginDeps>;
  parties: Own<PartyDeps>;
}
