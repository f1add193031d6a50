import { randomUUID } from "node:crypto";
import { encode, utf8 } from "../../protocol/encoding.ts";
import { audienceOf } from "../../protocol/events.ts";
import { issuerUrl } from "../../protocol/issuer.ts";
import { linkTokenSeconds, linkTokenType } from "../../protocol/link.ts";
import type { Link } from "../../registry/link/links.ts";
import type { TokenKey } from "./signing-key.ts";

/**
 * A token with which the receiving party requests data from the giving one under a link in force: a JWS (RFC 7515, ES256) for
 * that party only, bound to the requesting key (RFC 9449 §6.1). The JWS is assembled here, because a JOSE library cannot use a
 * key in a key store.
 */
export async function makeLinkToken(
  { publicUrl, key, now }: { publicUrl: string; key: TokenKey; now: Date },
  link: Link,
  asking: { clientId: string; jkt: string },
): Promise<string> {
  const iat = Math.floor(now.getTime() / 1000);
  const claims = {
    iss: issuerUrl(publicUrl, "openid"),
    aud: audienceOf(link.fromPartyId),
    sub: link.fromSubject,
    party: link.toPartyId,
    client_id: asking.clientId,
    dataset: link.dataset,
    purpose: link.purpose,
    cnf: { jkt: asking.jkt },
    iat,
    exp: iat + linkTokenSeconds,
    jti: randomUUID(),
  };
  const header = { alg: "ES256", typ: linkTokenType, kid: key.kid };
  const signed = [header, claims].map((part) => encode(utf8(JSON.stringify(part)))).join(".");
  return `${signed}.${encode(await key.sign(utf8(signed)))}`;
}
