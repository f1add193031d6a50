import {
  type Client,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from "@temporalio/client";
import {
  type AnswerInput,
  type AnswerOutcome,
  type NotificationInput,
  type NotificationStanding,
  notification,
  type TransmissionInput,
} from "../../workflows/notification/contract.ts";
import type { LifecycleOver, Unanswered } from "./issuance.ts";
import { isPassing } from "./passing.ts";

/** Drives notification lifecycles; the consents start them. */
export class NotificationClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Hands over the person's stored answer and waits for what is decided. The same answer again gets the same. */
  async answer(
    { consentId, version, notificationId, answerId }: NotificationInput & AnswerInput,
    waitMs: number,
  ): Promise<AnswerOutcome | LifecycleOver | Unanswered> {
    const handle = this.#client.workflow.getHandle(notification.workflowId(consentId, version));
    try {
      return await this.#client.withDeadline(Date.now() + waitMs, () =>
        handle.executeUpdate<AnswerOutcome, [AnswerInput]>(notification.answer, {
          updateId: answerId,
          args: [{ notificationId, answerId }],
        }),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { kind: "over" };
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { kind: "unanswered" };
      if (isPassing(error)) return { kind: "unanswered" };
      throw error;
    }
  }

  /**
   * Says that the party acknowledged, or took the event by poll. Where the lifecycle is over already (a dead letter that
   * was replayed, a late acknowledgement), it goes on from the registry, to the receipt.
   */
  async moved(consentId: string, version: number): Promise<void> {
    await this.#client.workflow.signalWithStart(notification.workflowType, {
      workflowId: notification.workflowId(consentId, version),
      taskQueue: notification.taskQueue,
      args: [{ consentId, version } satisfies NotificationInput],
      signal: notification.moved,
      workflowIdReusePolicy: "ALLOW_DUPLICATE",
    });
  }

  /** Has one security event handed over: a new one that no notification waits for, or a dead letter again. */
  async transmit(jti: string): Promise<void> {
    await this.#client.workflow.start(notification.transmissionWorkflowType, {
      workflowId: notification.transmissionWorkflowId(jti),
      taskQueue: notification.taskQueue,
      args: [{ jti } satisfies TransmissionInput],
      workflowIdConflictPolicy: "USE_EXISTING",
      workflowIdReusePolicy: "ALLOW_DUPLICATE",
    });
  }

  /** Where a notification stands, or `undefined` when Temporal knows none (any more). */
  async view(consentId: string, version: number): Promise<NotificationStanding | undefined> {
    const handle = this.#client.workflow.getHandle(notification.workflowId(consentId, version));
    try {
      return await handle.query<NotificationStanding>(notification.state);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }
}
