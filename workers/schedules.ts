import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
  ScheduleOverlapPolicy,
} from "@temporalio/client";
import type { Workflow } from "@temporalio/common";
import { certificate } from "../workflows/certificate/contract.ts";
import { changeDetection } from "../workflows/change-detection/contract.ts";
import { consent } from "../workflows/consent/contract.ts";
import { issuance } from "../workflows/issuance/contract.ts";

const minute = 60_000;
const hour = 60 * minute;

interface Sweep {
  id: string;
  workflowType: string;
  taskQueue: string;
  everyMs: number;
}

/**
 * Creates the engine's Schedules, and updates existing ones to this version; a Schedule paused by an operator stays paused.
 * `dayMs` is a day, or a scaled one.
 */
export async function ensureSchedules(client: Client, dayMs: number): Promise<void> {
  // A scaled day may be a second; nothing runs more often than every minute.
  const daily = Math.max(dayMs, minute);
  const sweeps: Sweep[] = [
    {
      id: issuance.sweepSchedule,
      workflowType: issuance.sweepWorkflowType,
      taskQueue: issuance.taskQueue,
      everyMs: hour,
    },
    {
      id: consent.sweepSchedule,
      workflowType: consent.sweepWorkflowType,
      taskQueue: consent.taskQueue,
      everyMs: daily,
    },
    {
      id: changeDetection.schedule,
      workflowType: changeDetection.workflowType,
      taskQueue: changeDetection.taskQueue,
      everyMs: daily,
    },
    {
      id: certificate.publicationSchedule,
      workflowType: certificate.publicationWorkflowType,
      taskQueue: certificate.taskQueue,
      everyMs: 5 * minute,
    },
    {
      id: certificate.rootCrlSchedule,
      workflowType: certificate.rootCrlWorkflowType,
      taskQueue: certificate.taskQueue,
      everyMs: hour,
    },
    {
      id: certificate.sweepSchedule,
      workflowType: certificate.sweepWorkflowType,
      taskQueue: certificate.taskQueue,
      everyMs: hour,
    },
    {
      id: certificate.purgeSchedule,
      workflowType: certificate.purgeWorkflowType,
      taskQueue: certificate.taskQueue,
      everyMs: daily,
    },
  ];
  for (const sweep of sweeps) await ensure(client, scheduleOf(sweep));
}

interface Wanted extends ScheduleOptions<ScheduleOptionsStartWorkflowAction<Workflow>> {
  spec: { intervals: [{ every: number }]; jitter: number };
  policies: { overlap: ScheduleOverlapPolicy; catchupWindow: number };
}

/** One run at a time, with jitter between installations, and with catch-up of a missed run. */
const scheduleOf = ({ id, workflowType, taskQueue, everyMs }: Sweep): Wanted => ({
  scheduleId: id,
  spec: { intervals: [{ every: everyMs }], jitter: Math.round(everyMs / 12) },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: everyMs },
  action: { type: "startWorkflow", workflowType, workflowId: id, taskQueue, args: [] },
});

async function ensure(client: Client, wanted: Wanted): Promise<void> {
  try {
    await client.schedule.create(wanted);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const there = client.schedule.getHandle(wanted.scheduleId);
    // Any update, even without changes, would recompute the times of the next runs.
    if (isAs(wanted, await there.describe())) return;
    const { spec, policies, action } = wanted;
    await there.update(({ state }) => ({ spec, policies, action, state }));
  }
}

/** Whether a Schedule is as this version requires, whatever its state. */
function isAs({ spec, policies, action }: Wanted, there: ScheduleDescription): boolean {
  const { intervals = [], calendars = [], jitter } = there.spec;
  const [interval] = intervals;
  return (
    intervals.length + calendars.length === 1 &&
    interval?.every === spec.intervals[0].every &&
    (interval.offset ?? 0) === 0 &&
    jitter === spec.jitter &&
    there.policies.overlap === policies.overlap &&
    there.policies.catchupWindow === policies.catchupWindow &&
    there.action.workflowType === action.workflowType &&
    there.action.workflowId === action.workflowId &&
    there.action.taskQueue === action.taskQueue
  );
}
