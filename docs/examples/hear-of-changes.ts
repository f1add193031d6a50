import { type RelyingPartyClient, verifySet } from "@kazasu/relying-party";
import { createRemoteJWKSet } from "jose";

/** The party's book: what this example writes into. */
export interface Book {
  /** Whether this event is the first of its id; an event may come twice. */
  isNew(jti: string): Promise<boolean>;
  write(subject: string, attributes: object): Promise<void>;
}

/**
 * What the endpoint of a push stream does with the body it gets (RFC 8935). Answer 202 when it returns; where it throws,
 * answer an error, and the event comes again.
 */
export async function takeEvent(
  set: string,
  { ca, book, gateway, partyId }: { ca: RelyingPartyClient; book: Book; gateway: string; partyId: string },
): Promise<void> {
  const jwks = createRemoteJWKSet(new URL(`${gateway}/jwks.json`));
  const event = await verifySet(set, { jwks, issuer: gateway, audience: `urn:kazasu:party:${partyId}` });
  if (event.type !== "attributes-changed" || !(await book.isNew(event.jti))) return;
  // The event says that something changed, never what: that is fetched, and only while the person agrees.
  const { sub, consentId, anchorVersion, attributes } = await ca.attributes(event.consentId);
  await book.write(sub, attributes);
  await ca.acknowledge({ consentId, anchorVersion, outcome: "applied" });
}
