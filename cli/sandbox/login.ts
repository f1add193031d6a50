import type { TappedCard } from "../../client/app/card/tap.ts";
import type { Gateway } from "../../client/app/gateway.ts";
import { answerLogin, type OpenLogin } from "../../client/app/login.ts";
import type { LoginAnswered } from "../../protocol/login.ts";
import type { Enrolment } from "./phone.ts";
import type { Decision } from "./questions.ts";

/** What a person has in their hands while they answer. */
export interface Hands {
  /** The number they read off the other screen, where a login shows numbers. */
  number?: number | undefined;
  holdCard: () => Promise<TappedCard>;
  putCardAway: () => Promise<void>;
}

/** Answers a login that is open, with the card where the party asks for it. Throws what {@link answerLogin} throws. */
export async function answerOpened(
  gateway: Gateway,
  enrolment: Enrolment,
  login: OpenLogin,
  decision: Decision,
  { number, holdCard, putCardAway }: Hands,
): Promise<LoginAnswered> {
  if (decision === "decline") return answerLogin(gateway, enrolment, login, { decision: "decline" });
  try {
    return await answerLogin(gateway, enrolment, login, {
      decision: "approve",
      certificate: enrolment.certificate,
      chain: enrolment.chain,
      ...(login.numbers && number !== undefined ? { number } : {}),
      ...(login.card ? { card: takenAwayOnceSigned(await holdCard(), putCardAway) } : {}),
    });
  } finally {
    if (login.card) await putCardAway();
  }
}

/** The card signs once; while the CA asks its issuer it is not needed any more. */
const takenAwayOnceSigned = (card: TappedCard, putCardAway: () => Promise<void>): TappedCard => ({
  ...card,
  async sign(digest) {
    const signature = await card.sign(digest);
    await putCardAway();
    return signature;
  },
});

/** What the phone shows of a login. */
export const shownOf = ({ content, transaction, numbers, card, expiresAt }: OpenLogin): object => ({
  ...content,
  transaction,
  numbers,
  card,
  expiresAt,
});
