import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from "jose";
import { z } from "zod";

/** The events that this bank processes; others are stored unread. */
export const eventTypes = {
  attributesChanged: "urn:kazasu:event:attributes-changed",
  credentialChange: "https://schemas.openid.net/secevent/caep/event-type/credential-change",
  verification: "https://schemas.openid.net/secevent/ssf/event-type/verification",
  streamUpdated: "https://schemas.openid.net/secevent/ssf/event-type/stream-updated",
} as const;

/** Error codes of RFC 8935 §2.4. */
export type SetErrorCode =
  | "invalid_request"
  | "invalid_key"
  | "invalid_issuer"
  | "invalid_audience"
  | "authentication_failed";

/** A refused Security Event Token. The message is returned to the sender and quotes nothing of the token. */
export class SetRefusal extends Error {
  readonly code: SetErrorCode;

  constructor(code: SetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The transmitter's keys could not be fetched: nothing is known about the token. Retry later. */
export class KeysUnreachable extends Error {}

/** The transmitter of accepted events, and their required audience. */
export interface Transmitter {
  issuer: string;
  audience: string[];
  jwksUri: string;
}

/** One event as stored by the bank. */
export interface SecurityEvent {
  jti: string;
  /** URI of the event type. */
  event: string;
  /** The person's pseudonym at this bank; for a stream's own events, the stream's id. */
  subject: string | undefined;
  claims: Record<string, unknown>;
}

const subjectId = z.union([
  z.object({ format: z.literal("opaque"), id: z.string().min(1).max(256) }),
  z.object({ format: z.literal("iss_sub"), iss: z.string(), sub: z.string().min(1).max(256) }),
]);

/** The payload members that the bank needs; unknown members are ignored. */
export const payloads = {
  [eventTypes.attributesChanged]: z.object({
    consent_id: z.uuid(),
    anchor_version: z.number().int().min(1),
    attributes: z.array(z.string()).min(1),
  }),
  [eventTypes.credentialChange]: z.object({ change_type: z.string() }),
  [eventTypes.verification]: z.object({ state: z.string().max(1_024).optional() }),
  [eventTypes.streamUpdated]: z.object({ status: z.enum(["enabled", "paused", "disabled"]) }),
} as const;
const mustNameSomebody: readonly string[] = [eventTypes.attributesChanged, eventTypes.credentialChange];

const token = z.object({
  jti: z.string().min(1).max(256),
  iat: z.number(),
  sub_id: subjectId.optional(),
  events: z
    .record(z.string().max(512), z.record(z.string(), z.unknown()))
    .refine((events) => Object.keys(events).length === 1, "one event in a token"),
  // Forbidden by the Shared Signals Framework 1.0, so that an event cannot be confused with an access or ID token.
  sub: z.never().optional(),
  exp: z.never().optional(),
});

/** Verifies Security Event Tokens (RFC 8417, Shared Signals Framework 1.0) under the transmitter's published keys. */
export class SetVerifier {
  readonly #keys = new Map<string, RemoteJWKSet>();

  /**
   * Verifies one compact SET: signature, `typ`, issuer, audience, schema.
   * @throws SetRefusal with a code of RFC 8935 §2.4; KeysUnreachable if it cannot be verified now
   */
  async verify(set: string, transmitter: Transmitter): Promise<SecurityEvent> {
    const { issuer, audience } = transmitter;
    const verified = await jwtVerify(set, this.#keysAt(transmitter.jwksUri), {
      typ: "secevent+jwt",
      issuer,
      audience,
      algorithms: ["ES256", "RS256", "PS256", "EdDSA"],
    }).catch((error: unknown) => {
      throw refusalOf(error);
    });
    return readEvent(verified.payload);
  }

  #keysAt(uri: string): RemoteJWKSet {
    const keys = this.#keys.get(uri) ?? createRemoteJWKSet(new URL(uri), { cooldownDuration: 2_000 });
    this.#keys.set(uri, keys);
    return keys;
  }
}

function readEvent(payload: JWTPayload): SecurityEvent {
  const { data } = token.safeParse(payload);
  if (data === undefined)
    throw malformed("This is not a Security Event Token of the Shared Signals Framework 1.0.");
  const [[event, claims] = ["", {}]] = Object.entries(data.events);
  if (isKnown(event) && !payloads[event].safeParse(claims).success)
    throw malformed("The event does not have the members that its type requires.");
  const subject = data.sub_id?.format === "iss_sub" ? data.sub_id.sub : data.sub_id?.id;
  if (subject === undefined && mustNameSomebody.includes(event))
    throw malformed("The event has no subject in sub_id.");
  return { jti: data.jti, event, subject, claims };
}

const isKnown = (event: string): event is keyof typeof payloads => Object.hasOwn(payloads, event);

const malformed = (message: string): SetRefusal => new SetRefusal("invalid_request", message);

function refusalOf(cause: unknown): Error {
  if (cause instanceof errors.JWTClaimValidationFailed) {
    if (cause.claim === "iss")
      return new SetRefusal("invalid_issuer", "The issuer is not the transmitter.", { cause });
    if (cause.claim === "aud")
      return new SetRefusal("invalid_audience", "It is not for this audience.", { cause });
    return new SetRefusal("invalid_request", `The claim or header ${cause.claim} is not accepted.`, {
      cause,
    });
  }
  if (cause instanceof errors.JWSSignatureVerificationFailed)
    return new SetRefusal("authentication_failed", "The signature does not verify.", { cause });
  if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
    return new SetRefusal("invalid_key", "The transmitter has not published the token's key.", { cause });
  const tokenAtFault =
    cause instanceof errors.JWSInvalid ||
    cause instanceof errors.JWTInvalid ||
    cause instanceof errors.JWTExpired ||
    cause instanceof errors.JOSEAlgNotAllowed ||
    cause instanceof errors.JOSENotSupported;
  if (tokenAtFault)
    return new SetRefusal("invalid_request", "This is not a signed token of an accepted kind.", { cause });
  return new KeysUnreachable("The transmitter's keys could not be fetched.", { cause });
}
