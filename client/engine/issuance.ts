import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
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
import { isPassing } from "./passing.ts";

/** The lifecycle is over: what it came to is in the registry. */
export interface LifecycleOver {
  kind: "over";
}

/** No outcome within the time given. The same call again goes on waiting for the same outcome. */
export interface Unanswered {
  kind: "unanswered";
}

/** Starts and drives issuance lifecycles. */
export class IssuanceClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Hands over an application; starts the lifecycle when there is none. The same evidence again gets the stored
   * outcome, even after the lifecycle has closed.
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

  /** Hands over an activation. The same activation again gets the stored outcome. */
  async activate(
    input: IssuanceInput & ActivateInput,
    waitMs: number,
  ): Promise<ActivateOutcome | LifecycleOver | Unanswered> {
    const args = { activationId: input.activationId };
    return this.#update<ActivateOutcome>(issuance.activate, input, args, input.activationId, waitMs);
  }

  /** Where an issuance stands, or `undefined` when Temporal knows none (any more). */
  async step(enrolmentId: string): Promise<IssuanceStep | undefined> {
    return this.#ifKnown(enrolmentId, (handle) => handle.query<IssuanceStep>(issuance.state));
  }

  /** Waits until an issuance is over and returns how it ended; `undefined` when Temporal knows none (any more). */
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
    const start = new WithStartWorkflowOperation(issuance.workflowType, {
      workflowId: issuance.workflowId(enrolmentId),
      taskQueue: issuance.taskQueue,
      args: [{ enrolmentId, expiresAt } satisfies IssuanceInput],
      workflowIdConflictPolicy: "USE_EXISTING",
      workflowIdReusePolicy: "REJECT_DUPLICATE",
    });
    try {
      return await this.#client.withDeadline(Date.now() + waitMs, () =>
        this.#client.workflow.executeUpdateWithStart<Workflow, Outcome, [ApplyInput | ActivateInput]>(
          update,
          {
            updateId,
            args: [argument],
            startWorkflowOperation: start,
          },
        ),
      );
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return { kind: "over" };
      if (error instanceof WorkflowNotFoundError) return { kind: "over" };
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { kind: "unanswered" };
      if (isPassing(error)) return { kind: "unanswered" };
      throw error;
    }
  }
}
