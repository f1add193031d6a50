import { encode, sha256, utf8 } from "../../protocol/encoding.ts";
import { labels } from "../../protocol/labels.ts";
import {
  type CardLogin,
  type LoginAnswerBody,
  type LoginAnswered,
  type LoginVia,
  type OpenedLogin,
  openedLogin,
  readLoginLink,
  type ShownLogin,
  shownLogin,
} from "../../protocol/login.ts";
import { type TransactionContent, transactionContent } from "../../protocol/transaction.ts";
import type { TappedCard } from "./card/tap.ts";
import { signWithCard } from "./cms.ts";
import { type Gateway, UntrustedAnswer } from "./gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";
import { askSealed, parseJson } from "./sealed-question.ts";
import { signTransaction } from "./transaction.ts";

/** A login opened on the phone: show `content`, and nothing from the page with the code. */
export interface OpenLogin {
  loginId: string;
  via: LoginVia;
  content: ShownLogin;
  /** The transaction to be signed with it: show all of it. `content.transaction` is its exact text. */
  transaction: TransactionContent | undefined;
  /** The exact text that is signed. */
  shown: string;
  /** Only with `qr` and `push`: the person chooses the one on the other screen. */
  numbers: OpenedLogin["numbers"];
  /** Whether the card must be tapped. */
  card: boolean;
  expiresAt: Date;
}

/**
 * Requests the content of a login. `from` is the link that was opened or scanned, or the id from a push.
 * @throws GatewayRefusal with code LOGIN_CLOSED if this phone has no such login; GatewayUnreachable; UntrustedAnswer if the
 *   link is not of this gateway
 */
export async function openLogin(
  gateway: Gateway,
  enrolment: PhoneEnrolment,
  from: { link: string } | { loginId: string },
): Promise<OpenLogin> {
  const named =
    "link" in from ? readLoginLink(from.link, gateway.url) : { loginId: from.loginId, via: "push" as const };
  if (!named) throw new UntrustedAnswer("The link does not belong to this CA: do not open it.");
  const content = { type: labels.loginQuestion, ...named };
  const opened = await askSealed(enrolment, content, gateway.openLogin, openedLogin);
  const shown = shownLogin.safeParse(parseJson(opened.shown));
  if (!shown.success || shown.data.loginId !== named.loginId)
    throw new UntrustedAnswer("The content to be shown is not of the requested login.");
  const { card, numbers, expiresAt } = opened;
  return {
    ...named,
    content: shown.data,
    transaction: readTransaction(shown.data),
    shown: opened.shown,
    numbers,
    card,
    expiresAt: new Date(expiresAt),
  };
}

/** A text that cannot be shown is not signed. */
function readTransaction({ transaction, party }: ShownLogin): TransactionContent | undefined {
  if (transaction === undefined) return undefined;
  const read = transactionContent.safeParse(parseJson(transaction));
  if (!read.success || read.data.party.id !== party.id)
    throw new UntrustedAnswer("This version of the protocol cannot show the transaction.");
  return read.data;
}

/** The person's decision, and what they sign it with. */
export interface LoginDecision {
  decision: "approve" | "decline";
  number?: number;
  card?: TappedCard;
  /** The certificates of the enrolment and the CA, DER: required to sign a transaction. */
  certificate?: Uint8Array;
  chain?: Uint8Array[];
}

/**
 * Signs the person's decision with the device key, over what was shown. With `link`, open `returnTo` of the answer in the
 * browser the person came from. Idempotent.
 * @throws GatewayRefusal with code LOGIN_NUMBER_WRONG (the login has ended), LOGIN_CLOSED, LOGIN_LOCKED, CARD_NEEDED,
 *   CARD_NOT_THE_PERSONS; GatewayUnreachable
 */
export const answerLogin = async (
  gateway: Gateway,
  enrolment: PhoneEnrolment,
  login: OpenLogin,
  decided: LoginDecision,
): Promise<LoginAnswered> => gateway.answerLogin(await signLoginAnswer(enrolment, login, decided));

/**
 * Signs the decision for `gateway.answerLogin`. Keep it until it is answered: after GatewayUnreachable or TRY_AGAIN (the card's
 * issuer is unavailable) send it again unchanged; the card is no longer needed.
 */
export async function signLoginAnswer(
  enrolment: PhoneEnrolment,
  login: OpenLogin,
  decided: LoginDecision,
): Promise<LoginAnswerBody> {
  const { loginId, via } = login;
  const { decision, number } = decided;
  const shownSha256 = await sha256(utf8(login.shown));
  const content: CardLogin = {
    type: labels.cardLogin,
    loginId,
    enrolmentId: enrolment.enrolmentId,
    shownSha256,
  };
  const card = decided.card && (await signWithCard(decided.card, utf8(JSON.stringify(content))));
  const transaction = decision === "approve" ? await signedWith(enrolment, login, decided) : undefined;
  const answer = {
    type: labels.loginAnswer,
    loginId,
    via,
    decision,
    shownSha256,
    ...(number === undefined ? {} : { number }),
    ...(card ? { cardSha256: await sha256(card) } : {}),
    ...(transaction ? { transactionSha256: await sha256(transaction) } : {}),
  };
  const { message } = await signPhoneMessage(enrolment, answer);
  return {
    message,
    ...(card ? { card: encode(card) } : {}),
    ...(transaction ? { transaction: encode(transaction) } : {}),
  };
}

/** The transaction's signature, if the login has a transaction: over its text, byte for byte. */
async function signedWith(
  { deviceKey }: PhoneEnrolment,
  { content }: OpenLogin,
  { certificate, chain = [] }: { certificate?: Uint8Array; chain?: Uint8Array[] },
): Promise<Uint8Array | undefined> {
  if (content.transaction === undefined) return undefined;
  if (!certificate) throw new TypeError("Signing a transaction requires the enrolment's certificate.");
  return signTransaction(content.transaction, { deviceKey, certificate, chain });
}
