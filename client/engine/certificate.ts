import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import {
  type CampaignInput,
  type CertificateInput,
  type CertificateView,
  certificate,
} from "../../workflows/certificate/contract.ts";

/** Time limit for Temporal: requests here are already in the registry, and the hourly sweep repeats them. */
const patienceMs = 5_000;

/** Starts certificate workflows and campaigns. */
export class CertificateClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Signals the workflow to read the registry; starts it if none runs, which is how each begins. */
  async reread(enrolmentId: string): Promise<void> {
    await this.#client.withDeadline(Date.now() + patienceMs, () =>
      this.#client.workflow.signalWithStart(certificate.workflowType, {
        workflowId: certificate.workflowId(enrolmentId),
        taskQueue: certificate.taskQueue,
        args: [{ enrolmentId }] satisfies [CertificateInput],
        workflowIdReusePolicy: "ALLOW_DUPLICATE",
        signal: certificate.reread,
      }),
    );
  }

  /** The next step of a certificate, or `undefined` if Temporal does not know its workflow (any more). */
  async state(enrolmentId: string): Promise<CertificateView | undefined> {
    try {
      const handle = this.#client.workflow.getHandle(certificate.workflowId(enrolmentId));
      return await handle.query<CertificateView | undefined>(certificate.state);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** Starts a stored, approved campaign; idempotent. */
  async startCampaign(campaignId: string): Promise<void> {
    await this.#client.withDeadline(Date.now() + patienceMs, () =>
      this.#client.workflow.start(certificate.campaignWorkflowType, {
        workflowId: certificate.campaignWorkflowId(campaignId),
        taskQueue: certificate.taskQueue,
        args: [{ campaignId }] satisfies [CampaignInput],
        workflowIdConflictPolicy: "USE_EXISTING",
      }),
    );
  }

  /** Resolves when a campaign has ended, with the number of certificates processed. */
  async untilCampaignIsOver(campaignId: string): Promise<{ done: number }> {
    return this.#client.workflow.getHandle(certificate.campaignWorkflowId(campaignId)).result() as Promise<{
      done: number;
    }>;
  }
}
