import * as z from "zod";
import { attributeName } from "./names.ts";

/**
 * A party's own interface, below `/v1/party`: its keys, events, reads, and the addresses of the CA. Everything is about the
 * party that calls; nothing names a person but by the party's own pseudonym.
 */

const time = z.iso.datetime();

/** For the descriptions of the HTTP API. */
const exampleKey = {
  thumbprint: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
  kid: "2027",
  kty: "EC",
  alg: "ES256",
  crv: "P-256",
  expiresAt: "2028-01-01T00:00:00.000Z",
  usable: true,
  current: false,
};
const exampleJti = "2f1c0c1e-6a0f-4d0c-9d58-0d2d1f3f8a55";
const exampleConsent = "7b0a4f0e-9d0c-4c7e-8f51-3f0c6e7f1a10";
const exampleSub = "k3J1pYQx0dG7mB4sT9vWlZ2cR8hN6fUe5aXoKiMgLqE";
const exampleTime = "2026-12-01T03:04:05.000Z";
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
export const partyKeys = z
  .object({
    keys: z.array(partyKey),
    published: z.string().optional().describe("The registered jwks_uri"),
  })
  .meta({ examples: [{ keys: [exampleKey] }] });
export type PartyKeys = z.infer<typeof partyKeys>;

/** Body of `POST /v1/party/keys`. */
export const newPartyKey = z
  .strictObject({
    jwk: z.looseObject({ kty: z.string(), kid: z.string() }),
    expiresAt: time.optional(),
  })
  .meta({
    examples: [
      {
        jwk: {
          kty: "EC",
          crv: "P-256",
          kid: "2027",
          x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
          y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        },
        expiresAt: "2028-01-01T00:00:00.000Z",
      },
    ],
  });
export type NewPartyKey = z.infer<typeof newPartyKey>;
/** Body of `PATCH /v1/party/keys/<thumbprint>`; `null`: the key does not end. */
export const keyExpiry = z
  .strictObject({ expiresAt: time.nullable() })
  .meta({ examples: [{ expiresAt: "2028-01-01T00:00:00.000Z" }] });

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
export const ownEvents = z.object({ events: z.array(ownEvent).max(100), next }).meta({
  examples: [
    {
      events: [
        {
          jti: exampleJti,
          event: "urn:kazasu:event:attributes-changed",
          sub: exampleSub,
          consentId: exampleConsent,
          state: "pending",
          at: exampleTime,
          attempts: 5,
          lastError: "PARTY_UNREACHABLE",
          nextAttemptAt: "2026-12-01T03:05:05.000Z",
        },
      ],
    },
  ],
});
export type OwnEvents = z.infer<typeof ownEvents>;

/** Body of `POST /v1/party/replays`: one event, or those of a time range and of the named states. */
export const replayAsked = z
  .union([
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
  ])
  .meta({ examples: [{ jti: exampleJti }, { states: ["dead-lettered"], from: "2026-12-01T00:00:00.000Z" }] });
export type ReplayAsked = z.input<typeof replayAsked>;
/** The replayed events, oldest first. `more`: the same again, with `after` set to the last one, replays further events. */
export const replayed = z
  .object({ jtis: z.array(z.uuid()).max(100), more: z.boolean() })
  .meta({ examples: [{ jtis: [exampleJti], more: false }] });
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
export const ownReads = z.object({ reads: z.array(ownRead).max(100), next }).meta({
  examples: [
    {
      reads: [
        {
          sub: exampleSub,
          consentId: exampleConsent,
          anchorVersion: 2,
          way: "userinfo",
          asked: ["name", "address"],
          given: ["address"],
          at: exampleTime,
          times: 1,
          lastAt: exampleTime,
        },
      ],
    },
  ],
});
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
export const aboutParty = z
  .object({
    party: z.string(),
    client: z.string(),
    audience: z.string().describe("The audience of the party's events"),
    issuers: z.object({ openid: z.string(), oidc: z.string() }),
    ocsp: z.string(),
    generations: z.array(generation),
  })
  .meta({
    examples: [
      {
        party: "kaede-bank",
        client: "kaede-bank",
        audience: "urn:kazasu:party:kaede-bank",
        issuers: { openid: "https://ca.example/openid", oidc: "https://ca.example/oidc" },
        ocsp: "http://ocsp.ca.example",
        generations: [
          {
            id: "g1",
            issuesFrom: "2026-01-01T00:00:00.000Z",
            root: { url: "http://crl.ca.example/g1/root.cer", sha256: "3b1c".repeat(16) },
            issuing: { url: "http://crl.ca.example/g1/issuing.cer", sha256: "9f02".repeat(16) },
            rootCrl: "http://crl.ca.example/g1/root.crl",
            crls: ["http://crl.ca.example/g1/0.crl"],
          },
        ],
      },
    ],
  });
export type AboutParty = z.infer<typeof aboutParty>;
