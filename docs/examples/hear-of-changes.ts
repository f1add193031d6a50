import { type RelyingPartyClient, verifySet } from "@kazasu/relying-party";
import { createRemoteJWKSet } from "jose";

/** The party's storage, into which this example writes. 相手先の台帳。この例が書き込む先。 */
export interface Storage {
  /** Whether this event is the first with its id; an event may be delivered twice. この ID のイベントが初めてか。イベントは二度届くことがある。 */
  isNew(jti: string): Promise<boolean>;
  write(subject: string, attributes: object): Promise<void>;
}

/**
 * Processes the body of a push to the endpoint (RFC 8935). Answer 202 when it returns; if it throws, answer an error, and the
 * event is sent again.
 *
 * プッシュ配信のエンドポイントが、届いた本文に対して行うこと（RFC 8935）。戻ったら 202 を返し、例外が投げられたらエラーを返す。
 * エラーを返せば、イベントはもう一度届く。
 */
export async function takeEvent(
  set: string,
  {
    ca,
    storage,
    gateway,
    partyId,
  }: { ca: RelyingPartyClient; storage: Storage; gateway: string; partyId: string },
): Promise<void> {
  const jwks = createRemoteJWKSet(new URL(`${gateway}/jwks.json`));
  const event = await verifySet(set, { jwks, issuer: gateway, audience: `urn:kazasu:party:${partyId}` });
  if (event.type !== "attributes-changed" || !(await storage.isNew(event.jti))) return;
  // The event says only that something changed; the values are fetched, while the consent is in force.
  // イベントは変わったことだけを示す。内容は、本人の同意がある間だけ取得できる。
  const { sub, consentId, anchorVersion, attributes } = await ca.attributes(event.consentId);
  await storage.write(sub, attributes);
  await ca.acknowledge({ consentId, anchorVersion, outcome: "applied" });
}
