import {
  aboutParty,
  keyExpiry,
  newPartyKey,
  ownEvents,
  ownReads,
  partyKeys,
  replayAsked,
  replayed,
} from "../../protocol/own-interface.ts";

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

/** The messages of a party's own interface with examples, for `/openapi.json`. */
export const documented = {
  aboutParty: aboutParty.meta({
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
  }),
  keyExpiry: keyExpiry.meta({ examples: [{ expiresAt: "2028-01-01T00:00:00.000Z" }] }),
  newPartyKey: newPartyKey.meta({
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
  }),
  ownEvents: ownEvents.meta({
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
  }),
  ownReads: ownReads.meta({
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
  }),
  partyKeys: partyKeys.meta({ examples: [{ keys: [exampleKey] }] }),
  replayAsked: replayAsked.meta({
    examples: [{ jti: exampleJti }, { states: ["dead-lettered"], from: "2026-12-01T00:00:00.000Z" }],
  }),
  replayed: replayed.meta({ examples: [{ jtis: [exampleJti], more: false }] }),
};
