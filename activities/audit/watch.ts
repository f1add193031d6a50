import type { Pool } from "pg";
import { alarmAfterMs } from "../../domain/audit/standing.ts";
import { lostLines, tailStanding } from "../../registry/audit/tail.ts";

export interface WatchDeps {
  pool: Pool;
  clock: () => Date;
  log: { error(fields: object, message: string): void };
}

/** What came of signing how far the chain is. */
export interface Vouched {
  /** False where somebody else is at it. */
  isVouched: boolean;
  /** What was signed last before was removed from the folder. */
  isLost: boolean;
}

/** An alarm that goes on is said again, milliseconds. */
const repeatedMs = 60_000;

/**
 * Looks after each run of a sequencer whether the log moves, by what this process itself has seen: times and rows in the database
 * can be changed by whoever holds the sequencer up.
 */
export function watchLog({ pool, clock, log }: WatchDeps): (run: Vouched) => Promise<void> {
  let movedAt = clock().getTime();
  let saidAt = 0;
  let headBefore: string | null = null;
  let waitedBefore: string[] = [];
  return async ({ isVouched, isLost }) => {
    const now = clock().getTime();
    if (isLost)
      log.error({}, "checkpoints were removed from their folder; what is signed since goes on without them");
    const lost = await lostLines(pool, waitedBefore);
    if (lost.length > 0)
      log.error(
        { lines: lost.slice(0, 20), count: lost.length },
        "lines that waited to be chained were removed",
      );
    const { head, waiting } = await tailStanding(pool);
    if (isVouched && (waiting.length === 0 || head !== headBefore)) movedAt = now;
    headBefore = head;
    waitedBefore = waiting;
    if (now - movedAt <= alarmAfterMs || now - saidAt < repeatedMs) return;
    saidAt = now;
    log.error(
      { waiting: waiting.length, seconds: Math.round((now - movedAt) / 1_000) },
      "the audit log stands still: somebody holds its locks, or its checkpoints cannot be signed",
    );
  };
}
