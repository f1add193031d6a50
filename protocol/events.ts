import * as z from "zod";
import { attributeName, type registeredName } from "./names.ts";

/** The events that a party can receive (docs/reference/events.md). URIs are stable; a change of meaning requires a new URI. */
export const eventTypes = {
  /** Consented attributes of a person have changed, and the person has confirmed it: fetch them. */
  attributesChanged: "urn:kazasu:event:attributes-changed",
  /** CAEP 1.0 §3.3: the person now uses another phone, with the same subject, or a certificate was revoked. */
  credentialChange: "https://schemas.openid.net/secevent/caep/event-type/credential-change",
  /** CAEP 1.0 §3.1: the certificate behind the person's logins was revoked. */
  sessionRevoked: "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
  /** RISC 1.0 §2.7: the phone's key was reported as compromised. */
  credentialCompromise: "https://schemas.openid.net/secevent/risc/event-type/credential-compromise",
  /** RISC 1.0 §2.3: the person's phone at the party was stopped. */
  accountDisabled: "https://schemas.openid.net/secevent/risc/event-type/account-disabled",
  /** RISC 1.0 §2.4: another phone has succeeded one that had been stopped. */
  accountEnabled: "https://schemas.openid.net/secevent/risc/event-type/account-enabled",
  /** Shared Signals Framework 1.0 §8.1.4. */
  verification: "https://schemas.openid.net/secevent/ssf/event-type/verification",
  /** Shared Signals Framework 1.0 §8.1.5. */
  streamUpdated: "https://schemas.openid.net/secevent/ssf/event-type/stream-updated",
} as const;
export type EventType = (typeof eventTypes)[keyof typeof eventTypes];

/** Whether an event is about the stream itself, not about a person: it is sent over every stream. */
export const isAboutStream = (event: string): boolean =>
  event === eventTypes.verification || event === eventTypes.streamUpdated;

/** Scopes of a party's access token. `party`: the party's own interface, `/v1/party`. */
export const partyScopes = ["ssf", "attributes", "transactions", "links", "party"] as const;

/** The content of `attributes-changed`: which attributes, and where to fetch them, never the values. */
export const attributesChanged = z.strictObject({
  consent_id: z.uuid(),
  anchor_version: z.number().int().min(1),
  attributes: z.array(attributeName).min(1).max(4),
  /** The URL of the values, fetched with the party's own token. */
  attributes_uri: z.url(),
});

/** The answer of `GET /v1/attributes?consent=<id>`: the consented attributes as the person last agreed to them. */
export const disclosedAttributes = z.strictObject({
  sub: z.string(),
  consentId: z.uuid(),
  anchorVersion: z.number().int().min(1),
  /** When the version was proven, ISO 8601 UTC. */
  provenAt: z.iso.datetime(),
  attributes: z.strictObject({
    name: z.string().optional(),
    /** `0`/`1` for each character of the name: `1` if the certificate has a substitute (JPKI profile). */
    nameSubstitution: z.string().optional(),
    /** フリガナ of the name, if the register has supplied it: only if requested with `include=furigana`. */
    furigana: z.string().optional(),
    address: z.string().optional(),
    addressSubstitution: z.string().optional(),
    /** `EYYYYMMDD` as in the certificate, zeros where unknown. */
    dateOfBirth: z.string().optional(),
    sex: z.enum(["male", "female", "unknown"]).optional(),
  }),
});
export type DisclosedAttributes = z.infer<typeof disclosedAttributes>;

/** Body of `POST /v1/acknowledgements`: what the party did with a version. Idempotent. */
export const acknowledgement = z.strictObject({
  consentId: z.uuid(),
  /** The maximum is that of a Postgres integer. */
  anchorVersion: z.number().int().min(1).max(2_147_483_647),
  outcome: z.enum(["applied", "manual-review", "rejected"]),
  /** The party's own code, without personal data. */
  reason: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .optional(),
});
export type Acknowledgement = z.infer<typeof acknowledgement>;

/** The audience of a party's events and tokens. */
export const audienceOf = (partyId: z.infer<typeof registeredName>): string => `urn:kazasu:party:${partyId}`;
