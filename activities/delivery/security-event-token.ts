import { type CryptoKey, SignJWT } from "jose";
import { audienceOf, eventTypes } from "../../protocol/events.ts";
import type { SecurityEvent } from "../../registry/security-events.ts";
import type { Stream } from "../../registry/streams.ts";

const hourMs = 3_600_000;

/**
 * One act may change the credentials that a person has at several parties: by the second they would be found to be one
 * person's. Such an event is dated from the begin of its hour.
 */
const issuedAt = (event: string, createdAt: Date): Date =>
  event === eventTypes.credentialChange
    ? new Date(Math.floor(createdAt.getTime() / hourMs) * hourMs)
    : createdAt;

export interface SetSigner {
  /** Signs an event as a Security Event Token, compact JWS. */
  readonly signSet: (event: SecurityEvent, alg: Stream["alg"]) => Promise<string>;
}

/**
 * Makes Security Event Tokens (RFC 8417): `typ` secevent+jwt, one event, the person by pairwise pseudonym in `sub_id`
 * (RFC 9493, opaque), no `sub` and no `exp` (RFC 8417 §2.2). The same event has the same `jti` and `iat` whenever it is signed.
 */
export function makeSigner(
  keys: Record<Stream["alg"], { kid: string; privateKey: CryptoKey }>,
  issuer: string,
): SetSigner {
  return {
    async signSet({ jti, partyId, event, subject, claims, createdAt, notificationId }, alg) {
      const { kid, privateKey } = keys[alg];
      return new SignJWT({
        txn: notificationId ?? jti,
        ...(subject === undefined ? {} : { sub_id: { format: "opaque", id: subject } }),
        events: { [event]: claims },
      })
        .setProtectedHeader({ alg, typ: "secevent+jwt", kid })
        .setIssuer(issuer)
        .setIssuedAt(issuedAt(event, createdAt))
        .setJti(jti)
        .setAudience(audienceOf(partyId))
        .sign(privateKey);
    },
  };
}
