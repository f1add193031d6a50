import type { CryptoKey } from "jose";
import type { Pool } from "pg";
import type { ChangeInput, ChangeOutcome } from "../../workflows/consent/contract.ts";

/** What deciding on a change takes. */
export interface ApplyingDeps {
  pool: Pool;
  /** Signs receipts; its public part is what apps pin. */
  serviceKey: { kid: string; privateKey: CryptoKey };
  /** The CA's issuer name. */
  issuer: string;
  /** Where a party fetches the values: the gateway's own address, without a slash at its end. */
  publicUrl: string;
  clock: () => Date;
  durations: {
    /** Milliseconds between two reminders of one consent. */
    consentReminderMs: number;
    /** Within how many milliseconds the other parties' apps are shown what one party's app did. */
    toldElsewhereMs: number;
  };
}

/** Brings a stored change to its consent's lifecycle and waits for what is decided. */
export type StartChange = (
  change: ChangeInput & { consentId: string },
) => Promise<ChangeOutcome | { kind: "unanswered" }>;
