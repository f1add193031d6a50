import { createHash, randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { cardLogin, type LoginAnswer, type LoginAnswerBody } from "../../protocol/login.ts";
import type { Refused } from "../../protocol/refusals.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import type { Login } from "../../registry/login/logins.ts";
import { findPersonByCard } from "../../registry/recognition/persons.ts";
import { takeCardQuestion } from "../recognition/card-questions.ts";
import { Refusal, tooManyCardQuestions } from "../refusal.ts";
import { needsCard } from "./deciding.ts";

/** What a card signed, verified by itself. */
export interface ReadCard {
  ok: true;
  /** What stood inside the CMS. */
  content: Uint8Array;
  /** The keyed hash by which the card's person is known. */
  reference: Buffer;
  /** Asks the card's issuer, which is paid and reveals the card's status: call it last. Why it is refused; `undefined` where it is good. */
  refusal: () => Promise<Refused | undefined>;
}

/** Reads what cards sign; `activities/card-verification/check-card.ts`, because the issuer's word is asked of the world. */
export interface CardReader {
  /** Verifies what a card signed, and asks nobody. */
  readCard: (cms: Uint8Array) => Promise<ReadCard | Refused>;
}

export interface CardProofDeps extends CardReader {
  pool: Pool;
  clock: () => Date;
  /** Questions to the cards' issuer for one person in an hour. */
  cardQuestionsPerHour: number;
}

/**
 * Whether the card signed for this very login, and is known as this person's. Throws where it is needed and does not.
 *
 * The issuer is asked last, and of the person's own card alone: its answer is paid, and nobody else is to learn from it
 * whether a card is lost or its holder has died. Until then every fault of what was signed is one refusal.
 */
export async function provenByCard(
  deps: CardProofDeps,
  login: Login,
  { claims, enrolment, body }: { claims: LoginAnswer; enrolment: Enrolment; body: LoginAnswerBody },
): Promise<boolean> {
  if (body.card === undefined && claims.cardSha256 === undefined) {
    if (!needsCard(login, claims.via)) return false;
    throw new Refusal({ code: "CARD_NEEDED", detail: "This login takes the card." });
  }
  const card = await deps.readCard(namedSignature(body.card, claims.cardSha256));
  const { id: enrolmentId, personId } = enrolment;
  if (
    !card.ok ||
    !isForThis(card.content, login, enrolmentId) ||
    (await findPersonByCard(deps.pool, card.reference)) !== personId
  )
    throw new Refusal({
      code: "CARD_NOT_THE_PERSONS",
      detail:
        "Beside the answer there is no signature over this login by a card that is known as this person's.",
    });
  const { reference } = card;
  const question = { id: randomUUID(), enrolmentId, reference, personId, now: deps.clock() };
  const wait = await takeCardQuestion(deps.pool, question, deps.cardQuestionsPerHour);
  if (wait !== undefined) throw tooManyCardQuestions(wait);
  const refused = await card.refusal();
  if (refused) throw new Refusal(refused);
  return true;
}

function isForThis(content: Uint8Array, login: Login, enrolmentId: string): boolean {
  const signed = cardLogin.safeParse(parse(content));
  return (
    signed.data?.loginId === login.id &&
    signed.data.enrolmentId === enrolmentId &&
    signed.data.shownSha256 === login.shownSha256
  );
}

/** A signature beside the message: it must be the one that the message names. */
export function namedSignature(base64url: string | undefined, sha256: string | undefined): Buffer {
  const cms = Buffer.from(base64url ?? "", "base64url");
  if (base64url !== undefined && createHash("sha256").update(cms).digest("base64url") === sha256) return cms;
  throw new Refusal({
    code: "MALFORMED_REQUEST",
    detail: "A signature is missing, or is not the one that the message names.",
  });
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
