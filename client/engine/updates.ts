import { setTimeout as pause } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import {
  type Client,
  isGrpcServiceError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from "@temporalio/client";
import { isPassing } from "./passing.ts";

/** No outcome within the given time. A repeated call continues to wait for the same outcome. */
export interface Unanswered {
  kind: "unanswered";
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;

/**
 * Executes an Update and waits for its outcome. If the workflow task that was to accept it failed, the Update is sent again under
 * the same id: the server drops it and retries the task, for example when the Update arrived while the workflow was closing.
 *
 * Rejects with what the client throws, except for temporary failures: those are `unanswered`.
 */
export async function executedUpdate<Outcome>(
  client: Pick<Client, "withDeadline">,
  waitMs: number,
  execute: () => Promise<Outcome>,
): Promise<Outcome | Unanswered> {
  const deadline = Date.now() + waitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await client.withDeadline(deadline, execute);
    } catch (error) {
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isPassing(error))
        return { kind: "unanswered" };
      if (!isFailedTask(error)) throw error;
      if (Date.now() + pauseMs >= deadline) return { kind: "unanswered" };
      await pause(pauseMs);
    }
  }
}

const isFailedTask = (error: unknown): boolean =>
  error instanceof Error &&
  isGrpcServiceError(error.cause) &&
  error.cause.code === status.FAILED_PRECONDITION;
