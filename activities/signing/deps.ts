import type { Pool } from "pg";
import type { Authorities } from "../../pki/ca/authorities.ts";
import type { Authority } from "../../pki/ca/authority.ts";
import type { TbsInput } from "../../pki/ca/tbs.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { IssuanceJournal } from "./journal.ts";

export interface SigningDeps {
  pool: Pool;
  sealer: Sealer;
  /** The CA's generations as of now: a rollover is seen without a restart. */
  authorities: () => Authorities;
  urls: TbsInput["urls"];
  journal: IssuanceJournal;
  /** How late a first enrolment at a party is told to the person's other phones at most, milliseconds. */
  announceWithinMs: number;
  clock: () => Date;
}

/** The generation that an intent was made for: it alone signs it, whichever is active now. */
export function generationOf(authorities: Authorities, generation: string): Authority {
  const found = authorities.all.find((authority) => authority.generation === generation);
  if (found) return found;
  throw new Error(
    `The CA's generation ${generation} is not here, and an issuance under way was begun with it; bring its keys back.`,
  );
}
