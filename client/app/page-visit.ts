import { encode, utf8 } from "../../protocol/encoding.ts";
import { labels } from "../../protocol/labels.ts";
import {
  type CardVisit,
  type OpenedVisit,
  readVisitLink,
  type VisitAnswered,
  type VisitVia,
} from "../../protocol/page-visit.ts";
import type { TappedCard } from "./card/tap.ts";
import { signWithCard } from "./cms.ts";
import { type Gateway, UntrustedAnswer } from "./gateway.ts";

/** A tap that the CA's own page asks for. What it is about stands on the page, and in no app. */
export interface OpenVisit extends OpenedVisit {
  via: VisitVia;
}

/**
 * Asks what a tap for the CA's own page is. `link` was opened on this device or read off a screen. No enrolment is needed:
 * any app with this SDK will do, on anybody's device.
 * @throws GatewayRefusal with code LOGIN_CLOSED; GatewayUnreachable; UntrustedAnswer where the link is none of this gateway's
 */
export async function openPageVisit(gateway: Gateway, link: string): Promise<OpenVisit> {
  const named = readVisitLink(link, gateway.url);
  if (!named) throw new UntrustedAnswer("The link is none of this CA's: do not open it.");
  const opened = await gateway.openPageVisit(named);
  if (opened.visitId !== named.visitId)
    throw new UntrustedAnswer("The answer is not about the page that was asked for.");
  return { ...opened, via: named.via };
}

/**
 * Signs for the page with the card. With `link`, open `returnTo` of the answer in the browser the person came from.
 * @throws GatewayRefusal with code PAGE_CARD_REFUSED, LOGIN_NUMBER_WRONG (the tap is over), LOGIN_CLOSED, TOO_MANY_REQUESTS;
 *   GatewayUnreachable
 *
 * @example
 * const visit = await openPageVisit(gateway, link);
 * const number = visit.numbers && (await askWhichNumberStandsOnTheScreen(visit.numbers));
 * const card = await tap({ transmit, pin });
 * const { returnTo } = await answerPageVisit(gateway, visit, { card, number });
 */
export const answerPageVisit = async (
  gateway: Gateway,
  visit: OpenVisit,
  signing: { card: TappedCard; number?: number | undefined },
): Promise<VisitAnswered> => gateway.answerPageVisit(await signPageVisit(visit, signing));

/**
 * Signs for the page, for `gateway.answerPageVisit`. After GatewayUnreachable or TRY_AGAIN (the card's issuer is away) it is sent
 * again as it is, and the card is not needed any more.
 */
export async function signPageVisit(
  { visitId, act, via, shownSha256 }: OpenVisit,
  { card, number }: { card: TappedCard; number?: number | undefined },
): Promise<{ visitId: string; card: string }> {
  const content: CardVisit = {
    type: labels.pageVisit,
    visitId,
    act,
    via,
    shownSha256,
    ...(number === undefined ? {} : { number }),
  };
  const cms = await signWithCard(card, utf8(JSON.stringify(content)));
  return { visitId, card: encode(cms) };
}
