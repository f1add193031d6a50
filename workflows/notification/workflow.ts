import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from "@temporalio/workflow";
import { inRegistry } from "../in-registry.ts";
import {
  type AnswerInput,
  type AnswerOutcome,
  type NotificationActivities,
  type NotificationEnd,
  type NotificationInput,
  type NotificationStanding,
  type NotificationView,
  notification as names,
} from "./contract.ts";
import { handOver } from "./handing-over.ts";
import { initialState, isOver, type NotificationEvent, reduce } from "./state.ts";

const answer = defineUpdate<AnswerOutcome, [AnswerInput]>(names.answer);
const moved = defineSignal(names.moved);
const standing = defineQuery<NotificationStanding>(names.state);

const { openNotification, readNotification, recordAnswer, closeNotification, deadLetterEvent } =
  proxyLocalActivities<NotificationActivities>(inRegistry);

/** A push service may be unavailable for hours. A person whom no push reaches finds the change in the inbox. */
const { pushNotification, writeReceipt } = proxyActivities<NotificationActivities>({
  startToCloseTimeout: "1 minute",
  scheduleToCloseTimeout: "1 day",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "30 minutes" },
});

/** A stream may become a push stream while its party is expected to poll: how often this is checked in the meantime. */
const looksWhilePolled = 7;

/** From the push to the party's acknowledgement, weeks: see docs/explanation/the-move.md. */
export async function notification(input: NotificationInput): Promise<NotificationEnd> {
  let state = initialState;
  let hasMoved = false;
  const on = (event: NotificationEvent): void => {
    state = reduce(state, event);
  };
  const onRow = (view: NotificationView): void => on({ type: "row", view });

  setHandler(standing, () => {
    const { step, view, end } = state;
    return { step, ...(view ? { view } : {}), ...(end ? { end } : {}) };
  });
  setHandler(moved, () => {
    hasMoved = true;
  });
  // Decided even if the consent's workflow has just cancelled this one: the row says which came first.
  setHandler(answer, (given) =>
    CancellationScope.nonCancellable(async () => {
      const outcome = await recordAnswer(given);
      if (outcome.kind !== "refused") onRow(await readNotification(given));
      return outcome;
    }),
  );
  CancellationScope.current().cancelRequested.catch(() => on({ type: "cancel-requested" }));

  const opened = async (): Promise<void> => {
    const found = await openNotification(input);
    if ("kind" in found) on({ type: "nothing-to-tell" });
    else onRow(found);
  };

  const asking = async (view: NotificationView): Promise<void> => {
    const { notificationId } = view;
    const answered = (): boolean => state.step !== "asking";
    const endsBy = (time: string) => condition(() => answered() || state.cancelled, msUntil(time));
    // Views of older versions have no `askAt`: the person is asked at once.
    const isLater = view.askAt !== undefined && Date.parse(view.askAt) > Date.now();
    let ended = isLater && (await endsBy(view.askAt ?? view.expiresAt));
    let reminder = false;
    for (const until of [...view.remindAt, view.expiresAt]) {
      if (ended) break;
      if (Date.parse(until) <= Date.now()) continue;
      // Not awaited: it ends by itself when it finds nothing left to push.
      void ignoringFailure(pushNotification({ notificationId, reminder }));
      reminder = true;
      ended = await endsBy(until);
    }
    if (answered()) return;
    onRow(await closeNotification({ notificationId, why: state.cancelled ? "cancelled" : "expired" }));
  };

  const transmitting = async ({ notificationId, jti, deliverWithinMs }: NotificationView): Promise<void> => {
    if (jti === undefined) throw new Error("A confirmed change has no event; the registry is damaged.");
    const deadline = Date.now() + deliverWithinMs;
    const handing = new CancellationScope();
    const withdrawn = (async () => {
      await condition(() => state.cancelled || state.step !== "telling");
      if (state.step !== "telling") return;
      onRow(await closeNotification({ notificationId, why: "cancelled" }));
      if (isOver(state)) handing.cancel();
    })();
    const handed = handing.run(async () => {
      while (state.step === "telling") {
        hasMoved = false;
        const left = deadline - Date.now();
        const kind = left > 0 ? await handOver(jti, left) : "failed";
        if (kind === "failed") await deadLetterEvent({ jti });
        onRow(await readNotification({ notificationId }));
        if (kind === "waits-for-poll" && state.step === "telling")
          await condition(() => hasMoved, Math.max(1, Math.min(left, deliverWithinMs / looksWhilePolled)));
      }
    });
    await ignoringFailure(handed);
    await withdrawn;
  };

  const acknowledging = async ({ notificationId, acknowledgeWithinMs }: NotificationView): Promise<void> => {
    const deadline = Date.now() + acknowledgeWithinMs;
    const left = (): number => deadline - Date.now();
    while (state.step === "told" && !state.cancelled && left() > 0) {
      await condition(() => hasMoved || state.cancelled, left());
      hasMoved = false;
      onRow(await readNotification({ notificationId }));
    }
    on({ type: "acknowledgement-given-up" });
  };

  return CancellationScope.nonCancellable(async () => {
    await opened();
    while (state.view && !isOver(state)) {
      if (state.step === "asking") await asking(state.view);
      else if (state.step === "telling") await transmitting(state.view);
      else await acknowledging(state.view);
    }
    if (state.view && (state.end === "acknowledged" || state.end === "unacknowledged"))
      await ignoringFailure(writeReceipt(state.view));
    await condition(allHandlersFinished);
    // The loop above ends only in state `over`, which has an end.
    return state.end ?? "nothing-to-tell";
  });
}

const msUntil = (time: string): number => Math.max(1, Date.parse(time) - Date.now());

/** The inbox has what no push reaches, and work in a cancelled scope is no longer needed: neither is a failure. */
async function ignoringFailure(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ActivityFailure) && !isCancellation(error)) throw error;
  }
}
