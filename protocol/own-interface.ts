import * as z from "zod";
import { attributeName } from "./names.ts";

/**
 * A party's own interface, below `/v1/party`: its keys, events, reads, and the addresses of the CA. Everything is about the
 * party that calls; nothing names a person but by the party's own pseudonym.
 */

const time = z.iso.datetime();
/** The thumbprint of a key (RFC 7638, SHA-256, base64url). */
export const thumbprint = z.string().regex(/^[\w-]{43}$/);

/** One page of a list: `after` is `next` of the page before. */
export const ownPage = {
  after: z
    .string()
    .regex(/^[\w-]{1,512}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
};
const next = z.string().optional().describe("The start of the next page; absent on the last");

/** A registered key of the client. */
export const partyKey = z.object({
  thumbprint,
  kid: z.string(),
  kty: z.string(),
  alg: z.string().optional(),
  crv: z.string().optional(),
  /** When it ends; absent: never. */
  expiresAt: time.optional(),
  /** Whether assertions signed with it are accepted now. */
  usable: z.boolean(),
  /** Whether this call was made with it. */
  current: z.boolean(),
});
export type PartyKey = z.infer<typeof partyKey>;
/** The keys of the calling client; `published` instead if they are read from its `jwks_uri`. */
export const partyKeys = z.object({
  keys: z.array(partyKey),
  published: z.string().optional().describe("The registered jwks_uri"),
});
export type PartyKeys = z.infer<typeof partyKeys>;

/** Body of `POST /v1/party/keys`. */
export const newPartyKey = z.strictObject({
  jwk: z.looseObject({ kty: z.string(), kid: z.string() }),
  expiresAt: time.optional(),
});
export type NewPartyKey = z.infer<typeof newPartyKey>;
/** Body of `PATCH /v1/party/keys/<thumbprint>`; `null`: the key does not end. */
export const keyExpiry = z.strictObject({ expiresAt: time.nullable() });

/** States of events in the list. Cancelled events are not listed: their consent has ended. */
export const eventState = z.enum(["pending", "dead-lettered", "delivered"]);

/** Query of `GET /v1/party/events`. */
export const ownEventsAsked = z.strictObject({ state: eventState.default("pending"), ...ownPage });
/** An event of the party's stream, without its content. */
export const ownEvent = z.object({
  jti: z.uuid(),
  event: z.string().describe("Event type URI"),
  sub: z
    .string()
    .optional()
    .describe("The person's pseudonym at this party; absent if it is about no person"),
  consentId: z.uuid().optional(),
  state: eventState,
  /** When it happened. */
  at: time,
  attempts: z.number().int(),
  /** Why the last attempt failed. */
  lastError: z.string().optional(),
  /** When it is tried again; absent if it waits for the party. */
  nextAttemptAt: time.optional(),
  deliveredAt: time.optional(),
});
export type OwnEvent = z.infer<typeof ownEvent>;
export const ownEvents = z.object({ events: z.array(ownEvent).max(100), next });
export type OwnEvents = z.infer<typeof ownEvents>;

/** Body of `POST /v1/party/replays`: one event, or those of a time range and of the named states. */
export const replayAsked = z.union([
  z.strictObject({ jti: z.uuid() }),
  z.strictObject({
    states: z
      .array(z.enum(["dead-lettered", "delivered"]))
      .min(1)
      .max(2),
    /** Of the delivery, or of the occurrence if the event was not delivered. */
    from: time.optional(),
    until: time.optional(),
    /** The last event of the replay before. */
    after: z.uuid().optional(),
  }),
]);
export type ReplayAsked = z.input<typeof replayAsked>;
/** The replayed events, oldest first. `more`: the same again, with `after` set to the last one, replays further events. */
export const replayed = z.object({ jtis: z.array(z.uuid()).max(100), more: z.boolean() });
export type Replayed = z.infer<typeof replayed>;

/** Query of `GET /v1/party/reads`. */
export const ownReadsAsked = z.strictObject({ sub: z.string().max(128).optional(), ...ownPage });
/** A read of attributes by the party, without values. */
export const ownRead = z.object({
  sub: z.string(),
  consentId: z.uuid(),
  anchorVersion: z.number().int(),
  way: z.enum(["attributes", "userinfo"]),
  asked: z.array(attributeName).optional(),
  given: z.array(attributeName),
  at: time,
  /** How many equal reads this line stands for, and the last of them. */
  times: z.number().int(),
  lastAt: time,
});
export type OwnRead = z.infer<typeof ownRead>;
export const ownReads = z.object({ reads: z.array(ownRead).max(100), next });
export type OwnReads = z.infer<typeof ownReads>;

const published = z.object({
  url: z.string(),
  sha256: z.string().describe("Fingerprint of the DER, hexadecimal"),
});
/** One generation of the CA, oldest first in a list. */
export const generation = z.object({
  id: z.string(),
  /** When it begins to issue. */
  issuesFrom: time,
  root: published,
  issuing: published,
  rootCrl: z.string(),
  crls: z.array(z.string()),
});
export type PublishedGeneration = z.infer<typeof generation>;
/** The party and its client, and where the CA's issuers, certificates and CRLs are. */
export const aboutParty = z.object({
  party: z.string(),
  client: z.string(),
  audience: z.string().describe("The audience of the party's events"),
  issuers: z.object({ openid: z.string(), oidc: z.string() }),
  ocsp: z.string(),
  generations: z.array(generation),
});
export type AboutParty = z.infer<typeof aboutParty>;
