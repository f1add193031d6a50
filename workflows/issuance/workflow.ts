import {
  allHandlersFinished,
  CancellationScope,
  condition,
  defineQuery,
  defineUpdate,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from "@temporalio/workflow";
import type { ConsentStartActivities } from "../consent/contract.ts";
import { inRegistry } from "../in-registry.ts";
import { whileThePhoneWaits } from "../j-lis-retries.ts";
import {
  type ActivateInput,
  type ActivateOutcome,
  type ApplyInput,
  type ApplyOutcome,
  type IssuanceActivities,
  type IssuanceInput,
  type IssuanceRefusal,
  type IssuanceStep,
  issuance as names,
} from "./contract.ts";
import { initialState, isOver, reduce, triesLeft } from "./state.ts";

const apply = defineUpdate<ApplyOutcome, [ApplyInput]>(names.apply);
const activate = defineUpdate<ActivateOutcome, [ActivateInput]>(names.activate);
const step = defineQuery<IssuanceStep>(names.state);

const { verifyCard, linkCard } = proxyActivities<IssuanceActivities>(whileThePhoneWaits);

/**
 * Only our own Postgres and the software key: short, and in the workflow's own task. If it takes longer (Postgres is
 * unavailable, the journal's disk is full), the wait is a timer of the workflow, so that a worker can still be stopped.
 */
const { admit, issue, endIssuance } = proxyLocalActivities<IssuanceActivities>(inRegistry);

/** The certificate is issued and nobody waits for the answer: retried without limit. */
const { grantAtTap } = proxyActivities<ConsentStartActivities>({
  startToCloseTimeout: "1 minute",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "5 minutes" },
});

const refused = (code: IssuanceRefusal["code"], detail: string): IssuanceRefusal => ({
  kind: "refused",
  code,
  detail,
});
const tooLate = (): IssuanceRefusal =>
  refused("CHALLENGE_EXPIRED", "The challenge expired during this operation.");

/** From the tap to the certificate, minutes: see docs/explanation/one-tap.md. */
export async function issuance(input: IssuanceInput): Promise<IssuanceStep> {
  let state = initialState;
  const work = new CancellationScope();
  // Evaluated once: it can become true within a run.
  const postgresCounts = patched("tries-in-postgres");

  setHandler(step, () => state.step);

  setHandler(apply, async ({ evidenceId }) => {
    state = reduce(state, { type: "application-came", evidenceId });
    if (state.evidenceId !== evidenceId)
      return refused("APPLICATION_CONFLICT", "Another application came first.");
    return untilDeadline(work, async () => {
      const card = await verifyCard({ evidenceId });
      if (card.kind === "verified" && card.askLinkage) await linkCard({ evidenceId });
      const outcome = card.kind === "verified" ? await admit({ evidenceId }) : card;
      state = reduce(state, {
        type: outcome.kind === "applied" ? "application-accepted" : "application-refused",
      });
      return outcome;
    });
  });

  setHandler(activate, async ({ activationId }) => {
    if (postgresCounts)
      return untilDeadline(work, async () => {
        const outcome = await issue({ activationId });
        if (outcome.kind === "issued") state = reduce(state, { type: "code-was-right" });
        else if (outcome.code === "CODE_LOCKED") state = reduce(state, { type: "code-locked" });
        return outcome;
      });
    if (triesLeft(state) === 0) return refused("CODE_LOCKED", "Three wrong codes came before this one.");
    state = reduce(state, { type: "activation-came" });
    return untilDeadline(work, async () => {
      const outcome = await issue({ activationId });
      state = reduce(state, { type: verdictOf(outcome) });
      return outcome.kind === "refused" && outcome.code === "CODE_WRONG" ? wrongCode(outcome) : outcome;
    });
  });

  const wrongCode = (outcome: IssuanceRefusal): IssuanceRefusal =>
    state.step === "locked"
      ? refused("CODE_LOCKED", outcome.detail)
      : { ...outcome, triesLeft: triesLeft(state) };

  const inTime = await condition(() => isOver(state), Math.max(1, Date.parse(input.expiresAt) - Date.now()));
  if (!inTime) {
    state = reduce(state, { type: "deadline-passed" });
    work.cancel();
  }
  if (state.step === "locked" || state.step === "expired") {
    await endIssuance({ enrolmentId: input.enrolmentId, why: state.step });
  }
  // The consents agreed to at the tap have their own workflows; the phone already has its answer.
  if (state.step === "issued" && patched("consent-at-tap")) {
    await grantAtTap({ enrolmentId: input.enrolmentId });
  }
  await condition(allHandlersFinished);
  return state.step;
}

function verdictOf(outcome: ActivateOutcome): "code-was-right" | "code-was-wrong" | "activation-undecided" {
  if (outcome.kind === "issued") return "code-was-right";
  return outcome.code === "CODE_WRONG" ? "code-was-wrong" : "activation-undecided";
}

async function untilDeadline<T>(
  work: CancellationScope,
  act: () => Promise<T>,
): Promise<T | IssuanceRefusal> {
  try {
    return await work.run(act);
  } catch (error) {
    if (isCancellation(error)) return tooLate();
    throw error;
  }
}
