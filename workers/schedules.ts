import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from "@temporalio/client";
import { issuance } from "../workflows/issuance/contract.ts";

/** Makes the engine's Schedules, or leaves those that are there as they are. */
export async function ensureSchedules(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: issuance.sweepSchedule,
      spec: { intervals: [{ every: "1 hour" }], jitter: "5 minutes" },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "1 hour" },
      action: {
        type: "startWorkflow",
        workflowType: issuance.sweepWorkflowType,
        workflowId: issuance.sweepSchedule,
        taskQueue: issuance.taskQueue,
        args: [],
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
