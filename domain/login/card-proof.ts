import { createHash, randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { cardLogin, type LoginAnswer, type LoginAnswerBody } from "../../protocol/login.ts";
import type { Refused } from "../../protocol/refusals.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import type { Login } from "../../registry/login/logins.ts";
import { findPersonByCard } from "../../registry/recognition/persons.ts";
import { takeCardQuestion } from "../recognition/card-questions.ts";
import { Refusal, tooManyCardQuestions } from "../refusal.ts";

/** A verified CMS of a card. */
export interface ReadCard {
  ok: true;
  /** The CMS content. */
  content: Uint8Array;
  /** The keyed hash by which the card's person is recognised. */
  reference: Buffer;
  /**
   * Asks the card's issuer, at a charge, for the card's status: call it last. Returns the refusal; `undefined` if the card is
   * good.
   */
  refusal: () => Promise<Refused | undefined>;
}

/**
 * Reads what cards sign; implemented in `activities/card-verification/check-card.ts`, because it asks the issuer over the
 * network.
 */
export interface CardReader {
  /** Verifies what a card signed, without any network call. */
  readCard: (cms: Uint8Array) => Promise<ReadCard | Refused>;
}

export interface CardProofDeps extends CardReader {
  pool: Pool;
  clock: () => Date;
  /** Status requests to the cards' issuer for one person in an hour. */
  cardQuestionsPerHour: number;
}

/**
 * Requires that the card signed for this very login, and is recognised as this person's.
 *
 * The issuer is asked last, and only about the person's own card: each answer is charged, and nobody else may learn whether a
 * card is lost or its holder has died. Until then every fault in what was signed gives one refusal.
 */
export async function requireCardProof(
  deps: CardProofDeps,
  login: Login,
  { claims, enrolment, body }: { claims: LoginAnswer; enrolment: Enrolment; body: LoginAnswerBody },
): Promise<void> {
  const card = await deps.readCard(namedSignature(body.card, claims.cardSha256));
  const { id: enrolmentId, personId } = enrolment;
  if (
    !card.ok ||
    !isForThis(card.content, login, enrolmentId) ||
    (await findPersonByCard(deps.pool, card.reference)) !== personId
  )
    throw new Refusal({
      code: "CARD_NOT_THE_PERSONS",
      detail: "The answer has no signature over this login by a card recognised as this person's.",
    });
  const { reference } = card;
  const question = { id: randomUUID(), enrolmentId, reference, personId, now: deps.clock() };
  const wait = await takeCardQuestion(deps.pool, question, deps.cardQuestionsPerHour);
  if (wait !== undefined) throw tooManyCardQuestions(wait);
  const refused = await card.refusal();
  if (refused) throw new Refusal(refused);
}

function isForThis(content: Uint8Array, login: Login, enrolmentId: string): boolean {
  const signed = cardLogin.safeParse(parse(content));
  return (
    signed.data?.loginId === login.id &&
    signed.data.enrolmentId === enrolmentId &&
    signed.data.shownSha256 === login.shownSha256
  );
}

/** The signature sent with the message; it must be the one that the message names. */
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
