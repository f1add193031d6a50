import { auditAlarmSeconds, chainedWithinSeconds } from "../../registry/audit/tail.ts";

/** From when on lines that wait are an alarm, milliseconds. */
export const alarmAfterMs = auditAlarmSeconds * 1_000;

/** Whether a line of this time should have been dealt with. One that lies ahead is no younger: its time was written anew. */
export const isOverdue = (at: Date | null, now: Date): boolean =>
  at !== null && Math.abs(now.getTime() - at.getTime()) > alarmAfterMs;

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
