import { type RelyingPartyClient, verifySet } from "@kazasu/relying-party";
import { createRemoteJWKSet } from "jose";

/** The party's book: what this example writes into. 相手先の台帳。この例が書き込む先。 */
export interface Book {
  /** Whether this event is the first of its id; an event may come twice. この ID のイベントが初めてか。イベントは二度届くことがある。 */
  isNew(jti: string): Promise<boolean>;
  write(subject: string, attributes: object): Promise<void>;
}

/**
 * What the endpoint of a push stream does with the body it gets (RFC 8935). Answer 202 when it returns; where it throws,
 * answer an error, and the event comes again.
 *
 * プッシュ配信のエンドポイントが、届いた本文に対して行うこと（RFC 8935）。戻ったら 202 を返し、例外が投げられたらエラーを返す。
 * エラーを返せば、イベントはもう一度届く。
 */
export async function takeEvent(
  set: string,
  { ca, book, gateway, partyId }: { ca: RelyingPartyClient; book: Book; gateway: string; partyId: string },
): Promise<void> {
  const jwks = createRemoteJWKSet(new URL(`${gateway}/jwks.json`));
  const event = await verifySet(set, { jwks, issuer: gateway, audience: `urn:kazasu:party:${partyId}` });
  if (event.type !== "attributes-changed" || !(await book.isNew(event.jti))) return;
  // The event says that something changed, never what: that is fetched, and only while the person agrees.
  // イベントは変わったことだけを示す。内容は、本人の同意がある間だけ取得できる。
  const { sub, consentId, anchorVersion, attributes } = await ca.attributes(event.consentId);
  await book.write(sub, attributes);
  await ca.acknowledge({ consentId, anchorVersion, outcome: "applied" });
}
