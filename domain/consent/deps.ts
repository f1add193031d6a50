import type { CryptoKey } from "jose";
import type { Pool } from "pg";
import type { ChangeInput, ChangeOutcome } from "../../workflows/consent/contract.ts";

/** Dependencies of the decision on a change. */
export interface ApplyingDeps {
  pool: Pool;
  /** Signs receipts; apps pin its public part. */
  serviceKey: { kid: string; privateKey: CryptoKey };
  /** The CA's issuer name. */
  issuer: string;
  /** The gateway's own URL, where a party fetches the values; without a trailing slash. */
  publicUrl: string;
  clock: () => Date;
  durations: {
    /** Milliseconds between two reminders of one consent. */
    consentReminderMs: number;
    /** Period within which the other parties' apps are shown what one party's app did, milliseconds. */
    shownElsewhereMs: number;
  };
}

/** Sends a stored change to its consent's workflow and waits for the decision. */
export type StartChange = (
  change: ChangeInput & { consentId: string },
) => Promise<ChangeOutcome | { kind: "unanswered" }>;
