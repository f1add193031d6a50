import { randomUUID } from "node:crypto";
import { type Client, WithStartWorkflowOperation, WorkflowNotFoundError } from "@temporalio/client";
import type { Workflow } from "@temporalio/common";
import {
  type AnchorRefreshed,
  type ChangeInput,
  type ChangeOutcome,
  type ConsentInput,
  type ConsentSweepReport,
  type ConsentView,
  consent,
} from "../../workflows/consent/contract.ts";
import { executedUpdate, type Unanswered } from "./updates.ts";

/** Starts and drives consent workflows. */
export class ConsentClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Sends a stored change to its consent's workflow; starts it if none runs. A repeated change has the same outcome, from the
   * registry, even after the workflow has closed.
   */
  async change(
    { consentId, changeId }: ConsentInput & ChangeInput,
    waitMs: number,
  ): Promise<ChangeOutcome | Unanswered> {
    try {
      return await executedUpdate(this.#client, waitMs, () =>
        this.#client.workflow.executeUpdateWithStart<Workflow, ChangeOutcome, [ChangeInput]>(consent.change, {
          updateId: changeId,
          args: [{ changeId }],
          startWorkflowOperation: new WithStartWorkflowOperation(consent.workflowType, {
            ...this.#start(consentId),
            workflowIdConflictPolicy: "USE_EXISTING",
          }),
        }),
      );
    } catch (error) {
      // Not found: the workflow closed just as the change arrived. The next call starts it again.
      if (error instanceof WorkflowNotFoundError) return { kind: "unanswered" };
      throw error;
    }
  }

  /**
   * Signals that the person's attribute record has a newer version. For an ended consent this succeeds: its workflow reads the
   * row and ends again. A consent in force whose workflow was lost is restarted by it.
   */
  async signalAnchorRefreshed(consentId: string, version: number): Promise<void> {
    await this.#client.workflow.signalWithStart<Workflow, [AnchorRefreshed]>(consent.workflowType, {
      ...this.#start(consentId),
      signal: consent.anchorRefreshed,
      signalArgs: [{ version }],
    });
  }

  /** Signals the workflow to read its row again; starts it if none runs. */
  async reread(consentId: string): Promise<void> {
    await this.#client.workflow.signalWithStart(consent.workflowType, {
      ...this.#start(consentId),
      signal: consent.reread,
    });
  }

  /** The workflow's copy of the row, or `undefined` if Temporal does not know it (any more). */
  async state(consentId: string): Promise<ConsentView | undefined> {
    try {
      const handle = this.#client.workflow.getHandle(consent.workflowId(consentId));
      return await handle.query<ConsentView | undefined>(consent.state);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /**
   * Sweeps now, in addition to the Schedule: returns how many consents were behind or overdue, and how many withdrawn at J-LIS.
   */
  async sweepNow(): Promise<ConsentSweepReport> {
    return this.#client.workflow.execute(consent.sweepWorkflowType, {
      workflowId: `${consent.sweepSchedule}/by-hand/${randomUUID()}`,
      taskQueue: consent.taskQueue,
      args: [],
    }) as Promise<ConsentSweepReport>;
  }

  #start(consentId: string) {
    return {
      workflowId: consent.workflowId(consentId),
      taskQueue: consent.taskQueue,
      args: [{ consentId }] satisfies [ConsentInput],
      workflowIdReusePolicy: "ALLOW_DUPLICATE" as const,
    };
  }
}
