import type { Pool } from "pg";
import type { Authorities } from "../../pki/ca/authorities.ts";
import type { TbsInput } from "../../pki/ca/tbs.ts";
import type { Sealer } from "../../registry/sealing.ts";

/** What deciding on an activation takes. */
export interface IssuingDeps {
  pool: Pool;
  sealer: Sealer;
  /** The CA's generations as of now: a rollover is seen without a restart. */
  authorities: () => Authorities;
  urls: TbsInput["urls"];
  /** How late a first enrolment at a party is announced to the person's other phones at most, milliseconds. */
  announceWithinMs: number;
  clock: () => Date;
}
