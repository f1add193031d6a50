import type { Pool } from "pg";
import type { Authority } from "../party/authority.ts";
import type { Policy } from "./clerk.ts";
import type { Connection } from "./connection.ts";
import type { Faults } from "./faults.ts";
import type { SetVerifier } from "./security-event.ts";

/** What the routes of the bank share. */
export interface Bank {
  pool: Pool;
  authority: Authority;
  verifier: SetVerifier;
  faults: Faults;
  policy: Policy;
  /** The header the CA shows with every pushed event. */
  pushAuthorization: string;
  /** An event was stored: work it off now. */
  wakeClerk(): void;
  /** Makes or updates the stream at the CA. */
  connect(): Promise<Connection>;
}
