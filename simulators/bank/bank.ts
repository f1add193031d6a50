import type { Pool } from "pg";
import type { Authority } from "../party/authority.ts";
import type { Policy } from "./clerk.ts";
import type { Connection } from "./connection.ts";
import type { Faults } from "./faults.ts";
import type { SetVerifier } from "./security-event.ts";

/** State shared by the bank's routes. */
export interface Bank {
  pool: Pool;
  authority: Authority;
  verifier: SetVerifier;
  faults: Faults;
  policy: Policy;
  /** The header that the CA sends with every pushed event. */
  pushAuthorization: string;
  /** An event was stored: process it now. */
  wakeClerk(): void;
  /** Creates or updates the stream at the CA. */
  connect(): Promise<Connection>;
}
