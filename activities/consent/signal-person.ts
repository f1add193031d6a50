import type { Pool } from "pg";
import { consentsBehindOf } from "../../registry/consent/sweeps.ts";
import type { ConsentLifecycles } from "./deps.ts";

/** Signals the workflows of one person's consents that are behind the attribute record. */
export const signalConsentsOf =
  (deps: { pool: Pool } & Pick<ConsentLifecycles, "signalConsent">) =>
  async (personId: string): Promise<void> => {
    for (const { id, version } of await consentsBehindOf(deps.pool, personId))
      await deps.signalConsent(id, version);
  };
