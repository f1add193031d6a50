import {
  ActivityCancellationType,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";
import { inRegistry } from "../in-registry.ts";
import { withAConsent } from "../j-lis-retries.ts";
import {
  type AnchorRefreshed,
  type ChangeInput,
  type ChangeOutcome,
  type ConsentActivities,
  type ConsentInput,
  type ConsentView,
  consent as names,
} from "./contract.ts";
import { runNotification, unlessFailed } from "./run-notification.ts";
import { type ConsentEvent, type ConsentStep, initialState, nextStep, reduce } from "./state.ts";

const change = defineUpdate<ChangeOutcome, [ChangeInput]>(names.change);
const anchorRefreshed = defineSignal<[AnchorRefreshed]>(names.anchorRefreshed);
const reread = defineSignal(names.reread);
const standing = defineQuery<ConsentView | undefined>(names.state);

/** Only our own Postgres: short, and in the workflow's own task. If Postgres is unavailable, the wait is a timer. */
const { applyChange, readConsent, expireConsent, scheduleReminder } =
  proxyLocalActivities<ConsentActivities>(inRegistry);

const { registerConsent } = proxyActivities<ConsentActivities>({
  ...withAConsent,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});

/** Starts the transmissions, which retry by themselves: only our own Temporal. */
const { announceConsent } = proxyActivities<ConsentActivities>({
  startToCloseTimeout: "1 minute",
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "10 minutes" },
});

/**
 * A person whom no push reaches within a day is reminded again in a year, and sees the consent in the inbox in the meantime.
 */
const { remindOfConsent } = proxyActivities<ConsentActivities>({
  startToCloseTimeout: "1 minute",
  scheduleToCloseTimeout: "1 day",
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1 hour" },
});

/** Messages after which the workflow continues as new, so that no history grows over the years. */
const messagesOfOneRun = 300;

/** One person's consent for one party, or for the register, until it ends: see docs/explanation/the-move.md. */
export async function consent({ consentId, carried }: ConsentInput): Promise<ConsentView | undefined> {
  let state = initialState(carried);
  let messages = 0;
  let pushing = 0;
  const on = (event: ConsentEvent): void => {
    state = reduce(state, event);
  };

  setHandler(standing, () => state.view);
  setHandler(anchorRefreshed, ({ version }) => {
    messages += 1;
    on({ type: "record-refreshed", version });
  });
  setHandler(reread, () => {
    messages += 1;
    on({ type: "reread-asked" });
  });
  setHandler(change, async (given) => {
    messages += 1;
    const outcome = await applyChange(given);
    if (outcome.kind === "applied") on({ type: "changed", view: outcome.view });
    return outcome;
  });

  /** Work beside the loop, needed as long as the consent is in force. */
  const beside = new CancellationScope();
  let notifying: CancellationScope | undefined;

  const notify = async (version: number): Promise<void> => {
    on({ type: "notification-started", version });
    notifying = new CancellationScope();
    await notifying.run(() => unlessFailed(runNotification({ consentId, version })));
    on({ type: "notification-ended" });
  };
  const register = async (): Promise<void> => {
    on({ type: "registering-started" });
    const view = await beside.run(() => unlessFailed(registerConsent({ consentId })));
    if (view) on({ type: "registered", view });
  };
  const announce = async (): Promise<void> => {
    on({ type: "announcing-started" });
    await beside.run(() => unlessFailed(announceConsent({ consentId })));
  };
  const remind = async (): Promise<void> => {
    pushing += 1;
    await beside.run(() => unlessFailed(remindOfConsent({ consentId })));
    pushing -= 1;
  };

  /** Reads the row; false if there is none, and no pending change creates one. */
  const read = async (): Promise<boolean> => {
    on({ type: "reading" });
    const view = await readConsent({ consentId });
    if (view) on({ type: "row", view });
    else await condition(() => state.view !== undefined || allHandlersFinished());
    return state.view !== undefined;
  };
  const expire = async (): Promise<void> => {
    const view = await expireConsent({ consentId });
    on({ type: "row", view });
    // The term's last second is not over, or the registry's clock is behind Temporal's: do not read again at once.
    if (view.state === "in-force" && Date.parse(view.validUntil) <= Date.now()) await sleep("1 minute");
  };

  const next = (): ConsentStep => nextStep(state, Date.now());
  const mayStartAnew = (): boolean =>
    (messages >= messagesOfOneRun || workflowInfo().continueAsNewSuggested) &&
    !state.notifying &&
    pushing === 0;
  const wait = async (until: number | undefined): Promise<void> => {
    if (mayStartAnew()) {
      await condition(allHandlersFinished);
      if (mayStartAnew() && next().do === "wait")
        await continueAsNew<typeof consent>({ consentId, ...(state.view ? { carried: state.view } : {}) });
      return;
    }
    const before = state;
    const isWoken = (): boolean => state !== before || mayStartAnew();
    await (until === undefined ? condition(isWoken) : condition(isWoken, Math.max(1, until - Date.now())));
  };

  for (;;) {
    const step = next();
    switch (step.do) {
      case "read":
        if (await read()) break;
        return undefined;
      case "notify":
        void notify(step.version);
        break;
      case "stop-notification":
        on({ type: "notification-stopping" });
        notifying?.cancel();
        break;
      case "register":
        void register();
        break;
      case "announce":
        void announce();
        break;
      case "remind":
        on({ type: "row", view: await scheduleReminder({ consentId }) });
        void remind();
        break;
      case "expire":
        await expire();
        break;
      case "end":
        beside.cancel();
        await condition(allHandlersFinished);
        if (next().do === "end") return state.view;
        break;
      case "wait":
        await wait(step.until);
    }
  }
}
