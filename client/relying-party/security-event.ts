import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from "jose";
import * as z from "zod";
import { attributesChanged, eventTypes } from "../../protocol/events.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { requireGiven } from "./required.ts";

/** Why a token is refused, as a receiver reports it to its transmitter (RFC 8935 §2.4). */
export type SetErrorCode =
  | "invalid_request"
  | "invalid_key"
  | "invalid_issuer"
  | "invalid_audience"
  | "authentication_failed";

/** A Security Event Token that must not be acted on. The message quotes nothing of the token. */
export class SetInvalid extends Error {
  override name = "SetInvalid";
  readonly code: SetErrorCode;

  constructor(code: SetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The common members of all events. */
export interface EventCommon {
  /** Identifies this token: remember it, and act on each once. */
  jti: string;
  /** When it happened (`toe`); for events or tokens without it, when the token was issued (`iat`). */
  at: Date;
  /** The same in all tokens about one event. */
  txn: string | undefined;
}

/** The events that a relying party receives (docs/reference/events.md). `subject` is the person's pseudonym at this party. */
export type PartyEvent = EventCommon &
  (
    | {
        type: "attributes-changed";
        subject: string;
        consentId: string;
        anchorVersion: number;
        attributes: AttributeName[];
      }
    | { type: "credential-change"; subject: string; changeType: string; credentialType: string | undefined }
    /** The certificate behind the person's logins was revoked: end their sessions. */
    | { type: "session-revoked"; subject: string }
    | { type: "credential-compromise"; subject: string; credentialType: string }
    /** The person's phone was stopped, or another one has succeeded it. */
    | { type: "account-disabled" | "account-enabled"; subject: string }
    | { type: "verification"; state: string | undefined; streamId: string | undefined }
    | {
        type: "stream-updated";
        status: "enabled" | "paused" | "disabled";
        reason: string | undefined;
        streamId: string | undefined;
      }
    /** An event of a newer version: acknowledge it, and ignore it. */
    | { type: "unknown"; uri: string; subject: string | undefined }
  );

const subjectId = z.union([
  z.looseObject({ format: z.literal("opaque"), id: z.string().min(1).max(256) }),
  z.looseObject({ format: z.literal("iss_sub"), sub: z.string().min(1).max(256) }),
]);

const token = z.looseObject({
  jti: z.string().min(1).max(256),
  iat: z.number(),
  toe: z.number().optional(),
  txn: z.string().max(256).optional(),
  sub_id: subjectId.optional(),
  events: z.record(z.string(), z.record(z.string(), z.unknown())),
  // So that an event cannot be confused with an access or ID token (SSF 1.0 §11).
  sub: z.never().optional(),
  exp: z.never().optional(),
});

const credentialChange = z.looseObject({ change_type: z.string(), credential_type: z.string().optional() });
const credentialCompromise = z.looseObject({ credential_type: z.string() });
const verification = z.looseObject({ state: z.string().optional() });
const streamUpdated = z.looseObject({
  status: z.enum(["enabled", "paused", "disabled"]),
  reason: z.string().optional(),
});

/**
 * Verifies one Security Event Token (RFC 8417) and reads its event.
 *
 * @param set compact JWS, as pushed or polled
 * @param expected `jwks`: the transmitter's published keys, or a function that fetches them (`createRemoteJWKSet` of jose);
 *   `issuer` and `audience`: `iss` and `aud` of the party's stream
 * @throws SetInvalid if the token is at fault; what `jwks` throws if keys cannot be fetched: try again; TypeError if `issuer`
 *   or `audience` is missing
 */
export async function verifySet(
  set: string,
  expected: { jwks: JSONWebKeySet | JWTVerifyGetKey; issuer: string; audience: string },
): Promise<PartyEvent> {
  const { jwks, issuer, audience } = expected;
  requireGiven({ issuer, audience });
  const keys = typeof jwks === "function" ? jwks : createLocalJWKSet(jwks);
  const options = { typ: "secevent+jwt", issuer, audience, algorithms: ["ES256", "RS256"] };
  const { payload } = await jwtVerify(set, keys, options).catch((cause: unknown) => {
    throw invalidBy(cause) ?? cause;
  });
  const read = token.safeParse(payload);
  const [happened, ...more] = read.success ? Object.entries(read.data.events) : [];
  if (!read.success || happened === undefined || more.length > 0)
    throw new SetInvalid("invalid_request", "This is not a Security Event Token with one event.");
  const { jti, iat, toe = iat, txn, sub_id: named } = read.data;
  const subject = named === undefined || named.format === "opaque" ? named?.id : named.sub;
  const [uri, claims] = happened;
  return { jti, at: new Date(toe * 1_000), txn, ...whatHappened(uri, claims, subject) };
}

function whatHappened(
  uri: string,
  claims: Record<string, unknown>,
  subject: string | undefined,
): PartyEvent extends infer Event
  ? Event extends EventCommon
    ? Omit<Event, keyof EventCommon>
    : never
  : never {
  switch (uri) {
    case eventTypes.attributesChanged: {
      const event = shaped(attributesChanged.loose(), claims);
      return {
        type: "attributes-changed",
        subject: somebody(subject),
        consentId: event.consent_id,
        anchorVersion: event.anchor_version,
        attributes: event.attributes,
      };
    }
    case eventTypes.credentialChange: {
      const event = shaped(credentialChange, claims);
      const { change_type: changeType, credential_type: credentialType } = event;
      return { type: "credential-change", subject: somebody(subject), changeType, credentialType };
    }
    case eventTypes.sessionRevoked:
      return { type: "session-revoked", subject: somebody(subject) };
    case eventTypes.credentialCompromise: {
      const { credential_type: credentialType } = shaped(credentialCompromise, claims);
      return { type: "credential-compromise", subject: somebody(subject), credentialType };
    }
    case eventTypes.accountDisabled:
      return { type: "account-disabled", subject: somebody(subject) };
    case eventTypes.accountEnabled:
      return { type: "account-enabled", subject: somebody(subject) };
    case eventTypes.verification:
      return { type: "verification", state: shaped(verification, claims).state, streamId: subject };
    case eventTypes.streamUpdated: {
      const { status, reason } = shaped(streamUpdated, claims);
      return { type: "stream-updated", status, reason, streamId: subject };
    }
    default:
      return { type: "unknown", uri, subject };
  }
}

function shaped<T>(schema: z.ZodType<T>, claims: unknown): T {
  const read = schema.safeParse(claims);
  if (read.success) return read.data;
  throw new SetInvalid("invalid_request", "The event does not have the members that its type requires.");
}

function somebody(subject: string | undefined): string {
  if (subject !== undefined) return subject;
  throw new SetInvalid("invalid_request", "The event has no subject.");
}

/** The token's fault in a jose error; `undefined` if keys could not be fetched. */
function invalidBy(cause: unknown): SetInvalid | undefined {
  if (cause instanceof errors.JWTClaimValidationFailed) {
    const codes: Record<string, SetErrorCode> = { iss: "invalid_issuer", aud: "invalid_audience" };
    return new SetInvalid(
      codes[cause.claim] ?? "invalid_request",
      "The token is not for this audience, or not an event.",
      {
        cause,
      },
    );
  }
  if (cause instanceof errors.JWKSNoMatchingKey)
    return new SetInvalid("invalid_key", "The transmitter has not published the token's key.", { cause });
  if (cause instanceof errors.JWSSignatureVerificationFailed)
    return new SetInvalid("authentication_failed", "The signature does not verify.", { cause });
  const atFault = [errors.JWSInvalid, errors.JWTInvalid, errors.JWTExpired, errors.JOSEAlgNotAllowed];
  return atFault.some((each) => cause instanceof each)
    ? new SetInvalid("invalid_request", "This is not a signed token of this kind.", { cause })
    : undefined;
}
