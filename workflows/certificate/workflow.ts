import {
  ActivityFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import { inRegistry } from "../in-registry.ts";
import {
  type CertificateActivities,
  type CertificateInput,
  type CertificateView,
  certificate as names,
} from "./contract.ts";

const reread = defineSignal(names.reread);
const standing = defineQuery<CertificateView | undefined>(names.state);

const { readCertificate, takeCertificateStep } = proxyLocalActivities<CertificateActivities>(inRegistry);

/** An unavailable push service must not delay a revocation that is due: the sweep has its notice sent later. */
const { tellOfCertificate } = proxyActivities<CertificateActivities>({
  startToCloseTimeout: "1 minute",
  scheduleToCloseTimeout: "1 hour",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "10 minutes" },
});

/** One certificate's lifecycle after its issue: one timer, for its nearest date. See docs/explanation/certificates.md. */
export async function certificate({ enrolmentId }: CertificateInput): Promise<void> {
  let view: CertificateView | undefined;
  let rereads = 0;
  setHandler(standing, () => view);
  setHandler(reread, () => {
    rereads += 1;
  });

  for (;;) {
    const seen = rereads;
    view = await readCertificate({ enrolmentId });
    if (view.untold) await notify(enrolmentId);
    if (view.kind === "over") {
      // A signal in the meantime may require another notice.
      if (rereads === seen) return;
      continue;
    }
    const { step, at } = view.next;
    const due = Date.parse(at) - Date.now();
    if (due <= 0 || !(await condition(() => rereads !== seen, due)))
      await takeCertificateStep({ enrolmentId, step });
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof certificate>({ enrolmentId });
  }
}

async function notify(enrolmentId: string): Promise<void> {
  try {
    await tellOfCertificate({ enrolmentId });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
}
