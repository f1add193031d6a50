import { type CryptoKey, SignJWT } from "jose";
import { audienceOf } from "../../protocol/events.ts";
import type { SecurityEvent } from "../../registry/notification/security-events.ts";
import type { Stream } from "../../registry/notification/streams.ts";

export interface SetSigner {
  /** Signs an event as a Security Event Token, compact JWS. */
  readonly signSet: (event: SecurityEvent, alg: Stream["alg"]) => Promise<string>;
}

/**
 * Creates Security Event Tokens (RFC 8417): `typ` secevent+jwt, one event, the person's pairwise pseudonym in `sub_id` (RFC
 * 9493, opaque), no `sub` and no `exp` (RFC 8417 §2.2). `iat` is when this token is signed; in an event about a person `toe` is
 * when it happened. The same event signed again has the same `jti` and `toe`.
 */
export function makeSigner(
  keys: Record<Stream["alg"], { kid: string; privateKey: CryptoKey }>,
  issuer: string,
  clock: () => Date = () => new Date(),
): SetSigner {
  return {
    async signSet({ jti, partyId, event, subject, claims, createdAt, happenedAt, notificationId }, alg) {
      const { kid, privateKey } = keys[alg];
      const toe = subject === undefined ? undefined : seconds(happenedAt ?? createdAt);
      return (
        new SignJWT({
          txn: notificationId ?? jti,
          ...(subject === undefined ? {} : { sub_id: { format: "opaque", id: subject } }),
          ...(toe === undefined ? {} : { toe }),
          events: { [event]: claims },
        })
          .setProtectedHeader({ alg, typ: "secevent+jwt", kid })
          .setIssuer(issuer)
          // The event's time is from the database's clock, which may be slightly ahead.
          .setIssuedAt(Math.max(seconds(clock()), toe ?? 0))
          .setJti(jti)
          .setAudience(audienceOf(partyId))
          .sign(privateKey)
      );
    },
  };
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
