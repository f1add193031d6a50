import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from "@temporalio/client";
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

/** Makes the engine's Schedules, or leaves those that are there as they are. `dayMs` is a day, or a scaled one. */
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

/** One run at a time, not all installations in the same moment, and a run that was missed is made up for. */
const scheduleOf = ({ id, workflowType, taskQueue, everyMs }: Sweep): ScheduleOptions => ({
  scheduleId: id,
  spec: { intervals: [{ every: everyMs }], jitter: Math.round(everyMs / 12) },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: everyMs },
  action: { type: "startWorkflow", workflowType, workflowId: id, taskQueue, args: [] },
});

async function ensure(client: Client, options: ScheduleOptions): Promise<void> {
  try {
    await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
