import { setTimeout as sleep } from "node:timers/promises";
import type { Gateway } from "../../client/app/gateway.ts";
import { answerLogin, type OpenLogin, signLoginAnswer } from "../../client/app/login.ts";
import type { LoginAnswerBody, LoginAnswered } from "../../protocol/login.ts";
import { mayStillCome } from "./living.ts";
import type { Enrolment } from "./phone.ts";
import type { Decision, Hands } from "./question.ts";

const firstPauseMs = 1_000;

/**
 * Answers an open login, with the card if the party requires it. The card is removed once it has signed. Throws what {@link
 * answerLogin} throws.
 */
export async function answerOpened(
  gateway: Gateway,
  enrolment: Enrolment,
  login: OpenLogin,
  decision: Decision,
  { number, holdCard, putCardAway }: Hands,
): Promise<LoginAnswered> {
  if (decision === "decline") return answerLogin(gateway, enrolment, login, { decision: "decline" });
  const decided = {
    decision: "approve",
    certificate: enrolment.certificate,
    chain: enrolment.chain,
    ...(login.numbers && number !== undefined ? { number } : {}),
  } as const;
  if (!login.card) return answerLogin(gateway, enrolment, login, decided);
  let signed: LoginAnswerBody;
  try {
    signed = await signLoginAnswer(enrolment, login, { ...decided, card: await holdCard() });
  } finally {
    await putCardAway();
  }
  return sentAgain(() => gateway.answerLogin(signed), login.expiresAt);
}

/** Sends what the card has signed; while its issuer does not answer, retries with increasing intervals until the expiry. */
export async function sentAgain<T>(send: () => Promise<T>, until: Date): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    try {
      return await send();
    } catch (error) {
      if (!mayStillCome(error) || Date.now() + pauseMs > until.getTime()) throw error;
      await sleep(pauseMs);
    }
  }
}

/** What the phone shows of a login. */
export const shownOf = ({ content, transaction, numbers, card, expiresAt }: OpenLogin): object => ({
  ...content,
  transaction,
  numbers,
  card,
  expiresAt,
});
