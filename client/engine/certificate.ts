import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import {
  type CampaignInput,
  type CertificateInput,
  type CertificateView,
  certificate,
} from "../../workflows/certificate/contract.ts";

/** How long Temporal may take: what is asked of it here is in the registry already, and the hourly sweep asks again. */
const patienceMs = 5_000;

/** Starts certificate lifecycles and the campaigns over many of them. */
export class CertificateClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Has the lifecycle read the registry; starts it where none runs, which is how each begins. */
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

  /** What comes next for a certificate, or `undefined` when Temporal knows nothing of it (any more). */
  async state(enrolmentId: string): Promise<CertificateView | undefined> {
    try {
      const handle = this.#client.workflow.getHandle(certificate.workflowId(enrolmentId));
      return await handle.query<CertificateView | undefined>(certificate.state);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** Starts a campaign that is stored and approved; the same again is the same campaign. */
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

  /** Resolves when a campaign is over: how many certificates it dealt with. */
  async untilCampaignIsOver(campaignId: string): Promise<{ done: number }> {
    return this.#client.workflow.getHandle(certificate.campaignWorkflowId(campaignId)).result() as Promise<{
      done: number;
    }>;
  }
}
