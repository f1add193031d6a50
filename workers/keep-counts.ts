import type { Pool } from "pg";
import type { Logger } from "pino";
import { foldMoves } from "../registry/console/counts.ts";
import { repeat } from "../status/repeat.ts";

/** The interval at which recorded state changes are added to the counts. */
const foldMs = 2_000;

/**
 * Adds recorded state changes to the operators' counts, even without a viewer, so that none accumulate. Any number of processes
 * may run it; the database admits one at a time. Returns a function that stops it.
 */
export function keepCounts(pool: Pool, log: Pick<Logger, "error">): () => Promise<void> {
  const foldAll = async () => {
    while ((await foldMoves(pool)) > 0);
  };
  return repeat(foldMs, "updating the counts of lifecycles", foldAll, log);
}
