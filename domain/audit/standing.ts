import { isTailOlderThan } from "../../registry/audit/tail.ts";
import { chainProgress } from "../../registry/console/health.ts";
import type { Connection } from "../../registry/database.ts";

/** The sequencer comes every two seconds; a line is chained and vouched for within this, seconds. */
export const chainedWithinSeconds = 5;
/** From when on lines that wait are an alarm, seconds: what a busy database may add is in it. */
export const auditAlarmSeconds = chainedWithinSeconds + 10;

/** From when on lines that wait are an alarm, milliseconds. */
export const alarmAfterMs = auditAlarmSeconds * 1_000;

/** Whether a line of this time should have been dealt with. One that lies ahead is no younger: its time was written anew. */
export const isOverdue = (at: Date | null, now: Date): boolean =>
  at !== null && Math.abs(now.getTime() - at.getTime()) > alarmAfterMs;

/** Whether lines wait to be chained for so long that it is an alarm. */
export const isTailOverdue = (connection: Connection): Promise<boolean> =>
  isTailOlderThan(connection, auditAlarmSeconds);

/** How far the log is chained. `stalled`: one of the lines that wait should have been chained long ago. */
export const chainStanding = async (
  connection: Connection,
): Promise<{ position: string | null; waiting: number; stalled: boolean }> => ({
  stalled: await isTailOverdue(connection),
  ...(await chainProgress(connection)),
});

/** Why the log stands still, in sentences. */
export const stalledBecause = ({ tail, checkpoints }: { tail: boolean; checkpoints: boolean }): string[] => [
  ...(tail
    ? [
        `Lines wait to be chained for longer than ${chainedWithinSeconds} s: no worker runs, or somebody holds the sequencer's lock.`,
      ]
    : []),
  ...(checkpoints
    ? [
        `Chained lines wait for a checkpoint for longer than ${chainedWithinSeconds} s: the folder cannot be written, or somebody holds the checkpoints' lock.`,
      ]
    : []),
];
