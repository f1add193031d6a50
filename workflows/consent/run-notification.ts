import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import {
  ActivityFailure,
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
} from "@temporalio/workflow";
import { type NotificationEnd, type NotificationInput, notification } from "../notification/contract.ts";

/**
 * Runs one notification to its end, as a child that outlives this run: were the consent's lifecycle terminated, what
 * is being told goes on by itself. Cancelling the scope asks the child to end, and waits until it did.
 */
export const runNotification = (input: NotificationInput): Promise<NotificationEnd> =>
  executeChild<(input: NotificationInput) => Promise<NotificationEnd>>(notification.workflowType, {
    workflowId: notification.workflowId(input.consentId, input.version),
    taskQueue: notification.taskQueue,
    args: [input],
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });

/** What came of work done beside the loop; `undefined` where it failed: the row says what stands, and is read next. */
export async function quietly<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const isExpected =
      error instanceof ActivityFailure ||
      error instanceof ChildWorkflowFailure ||
      error instanceof WorkflowExecutionAlreadyStartedError ||
      isCancellation(error);
    if (isExpected) return undefined;
    throw error;
  }
}
