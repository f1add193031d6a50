import type { Pool } from "pg";
import type { Authorities } from "../../pki/ca/authorities.ts";
import type { TbsInput } from "../../pki/ca/tbs.ts";
import type { Sealer } from "../../registry/sealing.ts";

/** Dependencies of the decision on an activation. */
export interface IssuingDeps {
  pool: Pool;
  sealer: Sealer;
  /** The CA's current generations: a rollover takes effect without a restart. */
  authorities: () => Authorities;
  urls: TbsInput["urls"];
  /** The longest delay before a first enrolment at a party is announced to the person's other phones, milliseconds. */
  announceWithinMs: number;
  clock: () => Date;
}
