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

/** A tap requested by the person page. Its content is shown on the page, not in the app. */
export interface OpenVisit extends OpenedVisit {
  via: VisitVia;
}

/**
 * Requests the content of a tap for the person page. `link` was opened on this device or scanned from a screen. Requires no
 * enrolment: any app with this SDK, on any device.
 * @throws GatewayRefusal with code LOGIN_CLOSED; GatewayUnreachable; UntrustedAnswer if the link is not of this gateway
 */
export async function openPageVisit(gateway: Gateway, link: string): Promise<OpenVisit> {
  const named = readVisitLink(link, gateway.url);
  if (!named) throw new UntrustedAnswer("The link does not belong to this CA: do not open it.");
  const opened = await gateway.openPageVisit(named);
  if (opened.visitId !== named.visitId)
    throw new UntrustedAnswer("The answer is not about the requested page.");
  return { ...opened, via: named.via };
}

/**
 * Signs for the page with the card. With `link`, open `returnTo` of the answer in the browser the person came from.
 * @throws GatewayRefusal with code PAGE_CARD_REFUSED, LOGIN_NUMBER_WRONG (the tap has ended), LOGIN_CLOSED, TOO_MANY_REQUESTS;
 *   GatewayUnreachable
 *
 * @example
 * const visit = await openPageVisit(gateway, link);
 * const number = visit.numbers && (await askWhichNumberIsOnTheScreen(visit.numbers));
 * const card = await tap({ transmit, pin });
 * const { returnTo } = await answerPageVisit(gateway, visit, { card, number });
 */
export const answerPageVisit = async (
  gateway: Gateway,
  visit: OpenVisit,
  signing: { card: TappedCard; number?: number | undefined },
): Promise<VisitAnswered> => gateway.answerPageVisit(await signPageVisit(visit, signing));

/**
 * Signs for the page, for `gateway.answerPageVisit`. After GatewayUnreachable or TRY_AGAIN (the card's issuer is unavailable)
 * send it again unchanged; the card is no longer needed.
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
