import { isTailOlderThan } from "../../registry/audit/tail.ts";
import { chainProgress } from "../../registry/console/health.ts";
import type { Connection } from "../../registry/database.ts";

/** The sequencer runs every two seconds; a line is chained and covered by a checkpoint within this time, seconds. */
export const chainedWithinSeconds = 5;
/** Age at which unchained lines raise an alarm, seconds; includes a margin for a busy database. */
export const auditAlarmSeconds = chainedWithinSeconds + 10;

/** Age at which unchained lines raise an alarm, milliseconds. */
export const alarmAfterMs = auditAlarmSeconds * 1_000;

/** Whether a line of this time should have been chained by now. A time in the future also counts: it was altered. */
export const isOverdue = (at: Date | null, now: Date): boolean =>
  at !== null && Math.abs(now.getTime() - at.getTime()) > alarmAfterMs;

/** Whether unchained lines have waited long enough to raise an alarm. */
export const isTailOverdue = (connection: Connection): Promise<boolean> =>
  isTailOlderThan(connection, auditAlarmSeconds);

/** How far the log is chained. `stalled`: a waiting line should have been chained by now. */
export const chainStanding = async (
  connection: Connection,
): Promise<{ position: string | null; waiting: number; stalled: boolean }> => ({
  stalled: await isTailOverdue(connection),
  ...(await chainProgress(connection)),
});

/** Why the log is stalled, in sentences. */
export const stalledBecause = ({ tail, checkpoints }: { tail: boolean; checkpoints: boolean }): string[] => [
  ...(tail
    ? [
        `Lines wait to be chained for longer than ${chainedWithinSeconds} s: no worker runs, or another session holds the sequencer's lock.`,
      ]
    : []),
  ...(checkpoints
    ? [
        `Chained lines wait for a checkpoint for longer than ${chainedWithinSeconds} s: the folder cannot be written, or another session holds the checkpoints' lock.`,
      ]
    : []),
];
