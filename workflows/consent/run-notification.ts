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
 * Runs one notification to its end, as a child that outlives this run: if the consent's workflow is terminated, the delivery
 * continues. Cancelling the scope asks the child to end, and waits until it has.
 */
export const runNotification = (input: NotificationInput): Promise<NotificationEnd> =>
  executeChild<(input: NotificationInput) => Promise<NotificationEnd>>(notification.workflowType, {
    workflowId: notification.workflowId(input.consentId, input.version),
    taskQueue: notification.taskQueue,
    args: [input],
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });

/** The result of work done beside the loop; `undefined` if it failed: the row has the state, and is read next. */
export async function unlessFailed<T>(work: Promise<T>): Promise<T | undefined> {
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
