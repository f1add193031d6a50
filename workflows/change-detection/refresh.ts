import {
  allHandlersFinished,
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
import { forANewCertificate } from "../j-lis-retries.ts";
import {
  type CertificateRevoked,
  changeDetection as names,
  type RefreshActivities,
  type RefreshInput,
} from "./contract.ts";
import { initialState, isIdle, type RefreshState, reduce } from "./state.ts";

const certificateRevoked = defineSignal<[CertificateRevoked]>(names.certificateRevoked);
const standing = defineQuery<RefreshState>(names.state);

const { classifyHit } = proxyLocalActivities<RefreshActivities>(inRegistry);

/** The activity's retries, days apart, are the wait for a new certificate: a handful of events however long it takes. */
const { refreshAnchor } = proxyActivities<RefreshActivities>(forANewCertificate);

const { tellConsents } = proxyActivities<RefreshActivities>({
  startToCloseTimeout: "1 minute",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "5 minutes" },
});

/** One person's refresh, from a revoked card certificate to the next version of the attribute record: see docs/explanation/the-move.md. */
export async function refresh({ subjectId, waiting }: RefreshInput): Promise<void> {
  let state = initialState(waiting);
  setHandler(standing, () => state);
  setHandler(certificateRevoked, ({ hitId }) => {
    state = reduce(state, { type: "revocation-came", hitId });
  });

  // A signal that started this run is handled before the first await.
  await condition(() => !isIdle(state));
  while (!isIdle(state)) {
    state = reduce(state, { type: "started" });
    const hitId = state.current as string;
    const { kind } = await classifyHit({ hitId });
    if (kind === "fetch" || kind === "link") await refreshAnchor({ hitId, mode: kind });
    if (kind !== "operator") await tellConsents({ subjectId });
    state = reduce(state, { type: "settled" });
    if (workflowInfo().continueAsNewSuggested && !isIdle(state)) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof refresh>({ subjectId, waiting: [...state.waiting] });
    }
  }
}
