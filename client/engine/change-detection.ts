import { randomUUID } from "node:crypto";
import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { Workflow } from "@temporalio/common";
import {
  type CertificateRevoked,
  type CrlRunReport,
  changeDetection,
  type RefreshInput,
} from "../../workflows/change-detection/contract.ts";

/** Starts change detection and observes its refreshes. */
export class ChangeDetectionClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Reads the lists now, in addition to the Schedule, and waits for the report. A list processed by another run is not
   * processed again.
   */
  async runNow(): Promise<CrlRunReport & { dispatched: number }> {
    return this.#client.workflow.execute(changeDetection.workflowType, {
      workflowId: `${changeDetection.schedule}/by-hand/${randomUUID()}`,
      taskQueue: changeDetection.taskQueue,
      args: [],
    }) as Promise<CrlRunReport & { dispatched: number }>;
  }

  /** Signals that a card certificate of the person was revoked; starts the person's refresh if none runs. */
  async signalRefresh(subjectId: string, hitId: string): Promise<void> {
    await this.#client.workflow.signalWithStart<Workflow, [CertificateRevoked]>(
      changeDetection.refreshWorkflowType,
      {
        workflowId: changeDetection.refreshWorkflowId(subjectId),
        taskQueue: changeDetection.taskQueue,
        args: [{ subjectId } satisfies RefreshInput],
        signal: changeDetection.certificateRevoked,
        signalArgs: [{ hitId }],
        workflowIdReusePolicy: "ALLOW_DUPLICATE",
      },
    );
  }

  /** Resolves when no refresh runs for the person, whatever its outcome. */
  async untilRefreshed(subjectId: string): Promise<void> {
    try {
      await this.#client.workflow.getHandle(changeDetection.refreshWorkflowId(subjectId)).result();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}
