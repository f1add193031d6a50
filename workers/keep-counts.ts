import type { Pool } from "pg";
import type { Logger } from "pino";
import { foldMoves } from "../registry/console/counts.ts";
import { repeat } from "../status/repeat.ts";

/** How often what moved is folded into the counts. */
const foldMs = 2_000;

/**
 * Folds what lifecycles moved into the operators' counts, whether anybody looks on or not, so that nothing piles up. Any
 * number of processes may do it; the database lets one at a time. Returns how to end it.
 */
export function keepCounts(pool: Pool, log: Pick<Logger, "error">): () => Promise<void> {
  const foldAll = async () => {
    while ((await foldMoves(pool)) > 0);
  };
  return repeat(foldMs, "folding the counts of lifecycles", foldAll, log);
}
