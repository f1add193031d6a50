import type { CryptoKey } from "jose";
import type { Pool } from "pg";
import type { PushContent } from "../../protocol/notification.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { ChangeInput, ChangeOutcome } from "../../workflows/consent/contract.ts";
import type { JLis } from "../j-lis/j-lis.ts";

/** What deciding on a change takes. */
export interface ApplyingDeps {
  pool: Pool;
  /** Signs receipts; its public part is what apps pin. */
  serviceKey: { kid: string; privateKey: CryptoKey };
  /** The CA's issuer name. */
  issuer: string;
  clock: () => Date;
  durations: {
    /** Milliseconds between two reminders of one consent. */
    consentReminderMs: number;
    /** Within how many milliseconds the other parties' apps are shown what one party's app did. */
    toldElsewhereMs: number;
  };
}

/** Everything the activities of a consent work with, put together in `workers/`. */
export interface ConsentDeps extends ApplyingDeps {
  sealer: Sealer;
  jlis: Pick<JLis, "registerConsent">;
  /** Pushes to the person's phones, at one party or at all of them. */
  pushToPhones(personId: string, partyId: string | undefined, content: PushContent): Promise<unknown>;
}

/** Brings a stored change to its consent's lifecycle and waits for what is decided. */
export type StartChange = (
  change: ChangeInput & { consentId: string },
) => Promise<ChangeOutcome | { kind: "unanswered" }>;
