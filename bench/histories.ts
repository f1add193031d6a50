import type { Client } from "@temporalio/client";
import { issuance } from "../workflows/issuance/contract.ts";
import { rounded } from "./measure.ts";
import { median } from "./runs.ts";

/** Where the time of issuances was spent, from their histories. Medians, milliseconds. */
export interface HistoryFacts {
  /** Events in one history, from start to end. */
  events: number;
  /** Each Update, from the start of its workflow task to its outcome. */
  updates: Record<string, number>;
  /** Each regular activity, from its scheduling to its outcome. */
  activities: Record<string, number>;
}

/** Reads the histories of finished issuances. */
export async function readHistories(client: Client, enrolmentIds: readonly string[]): Promise<HistoryFacts> {
  const events: number[] = [];
  const updates = new Map<string, number[]>();
  const activities = new Map<string, number[]>();
  for (const id of enrolmentIds) {
    const history = await client.workflow.getHandle(issuance.workflowId(id)).fetchHistory();
    events.push(history.events?.length ?? 0);
    const open = new Map<string, { name: string; since: number }>();
    let taskStarted = 0;
    for (const event of history.events ?? []) {
      const eventId = String(event.eventId);
      const at = millis(event.eventTime);
      const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
      const scheduled = event.activityTaskScheduledEventAttributes;
      const updated = event.workflowExecutionUpdateCompletedEventAttributes;
      const done = event.activityTaskCompletedEventAttributes;
      if (event.workflowTaskStartedEventAttributes) taskStarted = at;
      if (accepted)
        open.set(eventId, { name: accepted.acceptedRequest?.input?.name ?? "", since: taskStarted });
      if (scheduled) open.set(eventId, { name: scheduled.activityType?.name ?? "", since: at });
      if (updated) add(updates, open.get(String(updated.acceptedEventId)), at);
      if (done) add(activities, open.get(String(done.scheduledEventId)), at);
    }
  }
  return { events: median(events), updates: medians(updates), activities: medians(activities) };
}

function add(
  to: Map<string, number[]>,
  begun: { name: string; since: number } | undefined,
  at: number,
): void {
  if (begun) to.set(begun.name, [...(to.get(begun.name) ?? []), at - begun.since]);
}

const medians = (all: Map<string, number[]>): Record<string, number> =>
  Object.fromEntries([...all].map(([name, ms]) => [name, rounded(median(ms), 1)]));

type Timestamp = { seconds?: unknown; nanos?: number | null } | null | undefined;

const millis = (time: Timestamp): number => Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
