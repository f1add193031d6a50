import { type CryptoKey, SignJWT } from "jose";
import { audienceOf, isAboutStream } from "../../protocol/events.ts";
import { issuerUrl } from "../../protocol/issuer.ts";
import type { SecurityEvent } from "../../registry/notification/security-events.ts";
import type { Stream } from "../../registry/notification/streams.ts";

/** What a token depends on besides its event: the stream that it is sent over. */
export type SendingStream = Pick<Stream, "id" | "alg" | "subjectFormat" | "subjectIssuer">;

export interface SetSigner {
  /** Signs an event as a Security Event Token for a stream, compact JWS. */
  readonly signSet: (event: SecurityEvent, stream: SendingStream) => Promise<string>;
}

/**
 * Creates Security Event Tokens (RFC 8417): `typ` secevent+jwt, one event, no `sub` and no `exp` (RFC 8417 §2.2). `sub_id` (RFC
 * 9493) is the person's pairwise pseudonym, in the stream's format, or, in an event about the stream itself, the stream's id
 * (Shared Signals Framework 1.0 §8.1.4.1). `iat` is when this token is signed; in an event about a person `toe` is when it
 * happened. The same event signed again has the same `jti` and `toe`.
 * @param issuer the transmitter, which is the gateway's public URL
 */
export function makeSigner(
  keys: Record<Stream["alg"], { kid: string; privateKey: CryptoKey }>,
  issuer: string,
  clock: () => Date = () => new Date(),
): SetSigner {
  return {
    async signSet(event, stream) {
      const { jti, partyId, claims, createdAt, happenedAt, notificationId } = event;
      const { kid, privateKey } = keys[stream.alg];
      const subject = subjectOf(event, stream, issuer);
      const toe = event.subject === undefined ? undefined : seconds(happenedAt ?? createdAt);
      return (
        new SignJWT({
          txn: event.txn ?? notificationId ?? jti,
          ...(subject === undefined ? {} : { sub_id: subject }),
          ...(toe === undefined ? {} : { toe }),
          events: {
            [event.event]:
              toe !== undefined && isOfCaep(event.event) ? { ...claims, event_timestamp: toe } : claims,
          },
        })
          .setProtectedHeader({ alg: stream.alg, typ: "secevent+jwt", kid })
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

function subjectOf(
  { event, subject }: Pick<SecurityEvent, "event" | "subject">,
  { id, subjectFormat, subjectIssuer }: SendingStream,
  issuer: string,
): Record<string, string> | undefined {
  if (isAboutStream(event)) return { format: "opaque", id };
  if (subject === undefined) return undefined;
  return subjectFormat === "opaque"
    ? { format: "opaque", id: subject }
    : { format: "iss_sub", iss: issuerUrl(issuer, subjectIssuer), sub: subject };
}

/** Whether an event says when it happened by `event_timestamp` too (CAEP 1.0 §2). */
const isOfCaep = (event: string): boolean =>
  event.startsWith("https://schemas.openid.net/secevent/caep/event-type/");

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
