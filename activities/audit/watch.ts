import type { Pool } from "pg";
import { alarmAfterMs } from "../../domain/audit/standing.ts";
import { lostLines, tailStanding } from "../../registry/audit/tail.ts";

export interface WatchDeps {
  pool: Pool;
  clock: () => Date;
  log: { error(fields: object, message: string): void };
}

/** The result of signing a checkpoint. */
export interface Vouched {
  /** False if another process holds the lock. */
  isVouched: boolean;
  /** The last signed record was removed from the folder. */
  isLost: boolean;
}

/** A lasting alarm is logged again after this time, milliseconds. */
const repeatedMs = 60_000;

/**
 * Checks after each run of a sequencer that the log advances, by what this process has itself observed: times and rows in the
 * database can be altered by the attacker who blocks the sequencer.
 */
export function watchLog({ pool, clock, log }: WatchDeps): (run: Vouched) => Promise<void> {
  let movedAt = clock().getTime();
  let saidAt = 0;
  let headBefore: string | null = null;
  let waitedBefore: string[] = [];
  return async ({ isVouched, isLost }) => {
    const now = clock().getTime();
    if (isLost)
      log.error({}, "checkpoints were removed from their folder; later ones are signed without them");
    const lost = await lostLines(pool, waitedBefore);
    if (lost.length > 0)
      log.error({ lines: lost.slice(0, 20), count: lost.length }, "lines waiting to be chained were removed");
    const { head, waiting } = await tailStanding(pool);
    if (isVouched && (waiting.length === 0 || head !== headBefore)) movedAt = now;
    headBefore = head;
    waitedBefore = waiting;
    if (now - movedAt <= alarmAfterMs || now - saidAt < repeatedMs) return;
    saidAt = now;
    log.error(
      { waiting: waiting.length, seconds: Math.round((now - movedAt) / 1_000) },
      "the audit log is stalled: its locks are held, or its checkpoints cannot be signed",
    );
  };
}
