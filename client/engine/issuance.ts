import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from "@temporalio/client";
import type { Workflow } from "@temporalio/common";
import {
  type ActivateInput,
  type ActivateOutcome,
  type ApplyInput,
  type ApplyOutcome,
  type IssuanceInput,
  type IssuanceStep,
  issuance,
} from "../../workflows/issuance/contract.ts";
import { executedUpdate, type Unanswered } from "./updates.ts";

/** The workflow has ended: its outcome is in the registry. */
export interface LifecycleOver {
  kind: "over";
}

/** Starts and drives issuance workflows. */
export class IssuanceClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Sends an application; starts the workflow if there is none. The same evidence again gets the stored outcome, even after the
   * workflow has closed.
   */
  async apply(
    input: IssuanceInput & ApplyInput,
    waitMs: number,
  ): Promise<ApplyOutcome | LifecycleOver | Unanswered> {
    return this.#update<ApplyOutcome>(
      issuance.apply,
      input,
      { evidenceId: input.evidenceId },
      input.evidenceId,
      waitMs,
    );
  }

  /** Sends an activation. The same activation again gets the stored outcome. */
  async activate(
    input: IssuanceInput & ActivateInput,
    waitMs: number,
  ): Promise<ActivateOutcome | LifecycleOver | Unanswered> {
    const args = { activationId: input.activationId };
    return this.#update<ActivateOutcome>(issuance.activate, input, args, input.activationId, waitMs);
  }

  /** The state of an issuance, or `undefined` if Temporal does not know it (any more). */
  async step(enrolmentId: string): Promise<IssuanceStep | undefined> {
    return this.#ifKnown(enrolmentId, (handle) => handle.query<IssuanceStep>(issuance.state));
  }

  /** Waits until an issuance has ended and returns its outcome; `undefined` if Temporal does not know it (any more). */
  async outcome(enrolmentId: string): Promise<IssuanceStep | undefined> {
    return this.#ifKnown(enrolmentId, (handle) => handle.result() as Promise<IssuanceStep>);
  }

  async #ifKnown<T>(
    enrolmentId: string,
    ask: (handle: WorkflowHandle) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await ask(this.#client.workflow.getHandle(issuance.workflowId(enrolmentId)));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  async #update<Outcome>(
    update: string,
    { enrolmentId, expiresAt }: IssuanceInput,
    argument: ApplyInput | ActivateInput,
    updateId: string,
    waitMs: number,
  ): Promise<Outcome | LifecycleOver | Unanswered> {
    try {
      return await executedUpdate(this.#client, waitMs, () =>
        this.#client.workflow.executeUpdateWithStart<Workflow, Outcome, [ApplyInput | ActivateInput]>(
          update,
          {
            updateId,
            args: [argument],
            startWorkflowOperation: new WithStartWorkflowOperation(issuance.workflowType, {
              workflowId: issuance.workflowId(enrolmentId),
              taskQueue: issuance.taskQueue,
              args: [{ enrolmentId, expiresAt } satisfies IssuanceInput],
              workflowIdConflictPolicy: "USE_EXISTING",
              workflowIdReusePolicy: "REJECT_DUPLICATE",
            }),
          },
        ),
      );
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return { kind: "over" };
      if (error instanceof WorkflowNotFoundError) return { kind: "over" };
      throw error;
    }
  }
}
