import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import {
  type AnswerInput,
  type AnswerOutcome,
  type NotificationInput,
  type NotificationStanding,
  notification,
  type TransmissionInput,
} from "../../workflows/notification/contract.ts";
import type { LifecycleOver } from "./issuance.ts";
import { executedUpdate, type Unanswered } from "./updates.ts";

/** Drives notification workflows; the consents start them. */
export class NotificationClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Sends the person's stored answer and waits for the decision. Idempotent. */
  async answer(
    { consentId, version, notificationId, answerId }: NotificationInput & AnswerInput,
    waitMs: number,
  ): Promise<AnswerOutcome | LifecycleOver | Unanswered> {
    const handle = this.#client.workflow.getHandle(notification.workflowId(consentId, version));
    try {
      return await executedUpdate(this.#client, waitMs, () =>
        handle.executeUpdate<AnswerOutcome, [AnswerInput]>(notification.answer, {
          updateId: answerId,
          args: [{ notificationId, answerId }],
        }),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { kind: "over" };
      throw error;
    }
  }

  /**
   * Signals that the party acknowledged, or received the event by poll. If the workflow has already ended (a replayed dead
   * letter, a late acknowledgement), it continues from the registry, to the receipt.
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

  /** Starts the delivery of one security event: a new one without a notification, or a dead letter again. */
  async transmit(jti: string): Promise<void> {
    await this.#client.workflow.start(notification.transmissionWorkflowType, {
      workflowId: notification.transmissionWorkflowId(jti),
      taskQueue: notification.taskQueue,
      args: [{ jti } satisfies TransmissionInput],
      workflowIdConflictPolicy: "USE_EXISTING",
      workflowIdReusePolicy: "ALLOW_DUPLICATE",
    });
  }

  /** The state of a notification, or `undefined` if Temporal does not know it (any more). */
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
