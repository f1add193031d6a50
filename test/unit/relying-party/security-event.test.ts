import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  SignJWT,
} from "jose";
import { makeSigner, type SetSigner } from "../../../activities/delivery/security-event-token.ts";
import { verifySet } from "../../../client/relying-party/security-event.ts";
import { audienceOf, eventTypes } from "../../../protocol/events.ts";
import { issuerNames, issuerUrl } from "../../../protocol/issuer.ts";
import type { SecurityEvent } from "../../../registry/notification/security-events.ts";

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
const issuer = "https://ca.example";
const audience = audienceOf("bank");
let signer: SetSigner;
let keys: { ES256: Pair; RS256: Pair };
let jwks: JSONWebKeySet;

beforeAll(async () => {
  keys = { ES256: await generateKeyPair("ES256"), RS256: await generateKeyPair("RS256") };
  signer = makeSigner(
    {
      ES256: { kid: "es", privateKey: keys.ES256.privateKey },
      RS256: { kid: "rs", privateKey: keys.RS256.privateKey },
    },
    issuer,
    () => signedAt,
  );
  jwks = {
    keys: [
      { ...(await exportJWK(keys.ES256.publicKey)), kid: "es", alg: "ES256" },
      { ...(await exportJWK(keys.RS256.publicKey)), kid: "rs", alg: "RS256" },
    ],
  };
});

const es256 = { id: randomUUID(), alg: "ES256", subjectFormat: "opaque", subjectIssuer: "openid" } as const;
const signedAt = new Date("2026-11-23T01:05:00.700Z");
const consentId = randomUUID();
const event: SecurityEvent = {
  jti: randomUUID(),
  partyId: "bank",
  event: eventTypes.attributesChanged,
  subject: "pseudonym",
  notificationId: randomUUID(),
  claims: {
    consent_id: consentId,
    anchor_version: 2,
    attributes: ["address"],
    attributes_uri: `${issuer}/v1/attributes?consent=${consentId}`,
  },
  position: "1",
  state: "pending",
  attempts: 0,
  createdAt: new Date("2026-11-23T01:02:03Z"),
};
const verify = (set: string, more: object = {}) => verifySet(set, { jwks, issuer, audience, ...more });

test.each(["issuer", "audience"])("fail/without %s nothing is accepted", async (missing) => {
  const others = await signer.signSet({ ...event, partyId: "clinic" }, es256);
  for (const set of [others, await signer.signSet(event, es256)])
    for (const value of [undefined, ""])
      await expect(verify(set, { [missing]: value })).rejects.toThrow(TypeError);
});

describe("a Security Event Token", () => {
  test("ok/has exactly the claims of RFC 8417 that it needs, and neither sub nor exp", async () => {
    const set = await signer.signSet(event, es256);
    expect(decodeProtectedHeader(set)).toEqual({ alg: "ES256", typ: "secevent+jwt", kid: "es" });
    expect(decodeJwt(set)).toEqual({
      iss: issuer,
      aud: audience,
      iat: 1_795_395_900,
      toe: 1_795_395_723,
      jti: event.jti,
      txn: event.notificationId,
      sub_id: { format: "opaque", id: "pseudonym" },
      events: { [eventTypes.attributesChanged]: event.claims },
    });
  });

  test.each(["ES256", "RS256"] as const)("ok/read by its receiver, signed with %s", async (alg) => {
    expect(await verify(await signer.signSet(event, { ...es256, alg }))).toEqual({
      type: "attributes-changed",
      jti: event.jti,
      at: event.createdAt,
      txn: event.notificationId,
      subject: "pseudonym",
      consentId,
      anchorVersion: 2,
      attributes: ["address"],
    });
  });

  test.each([
    [eventTypes.verification, { state: "s" }, { type: "verification", state: "s", streamId: es256.id }],
    [
      eventTypes.streamUpdated,
      { status: "paused", reason: "r" },
      { type: "stream-updated", status: "paused", reason: "r", streamId: es256.id },
    ],
    [
      eventTypes.credentialChange,
      { change_type: "update", credential_type: "x509" },
      { type: "credential-change", changeType: "update", credentialType: "x509", subject: "pseudonym" },
    ],
    [eventTypes.sessionRevoked, {}, { type: "session-revoked", subject: "pseudonym" }],
    [
      eventTypes.credentialCompromise,
      { credential_type: "x509" },
      { type: "credential-compromise", credentialType: "x509", subject: "pseudonym" },
    ],
    [eventTypes.accountDisabled, {}, { type: "account-disabled", subject: "pseudonym" }],
    [eventTypes.accountEnabled, {}, { type: "account-enabled", subject: "pseudonym" }],
    ["urn:example:newer", { any: 1 }, { type: "unknown", uri: "urn:example:newer" }],
  ])("ok/%s", async (uri, claims, expectedClaims) => {
    const set = await signer.signSet({ ...event, event: uri, claims }, es256);
    expect(await verify(set)).toMatchObject(expectedClaims);
  });

  test("ok/iat is when it was signed; toe when it happened, and absent where the event is about no person", async () => {
    const happenedAt = new Date("2026-11-23T01:04:03.999Z");
    const set = await signer.signSet({ ...event, happenedAt }, es256);
    expect(decodeJwt(set)).toMatchObject({ iat: 1_795_395_900, toe: 1_795_395_843 });
    expect(await verify(set)).toMatchObject({ at: new Date("2026-11-23T01:04:03Z") });
    const { subject: _subject, ...unnamed } = event;
    const nobody = await signer.signSet(
      { ...unnamed, event: eventTypes.verification, claims: { state: "s" } },
      es256,
    );
    expect(decodeJwt(nobody)).not.toHaveProperty("toe");
    expect(await verify(nobody)).toMatchObject({ at: new Date("2026-11-23T01:05:00Z") });
  });

  test.each([eventTypes.verification, eventTypes.streamUpdated])(
    "ok/SSF 1.0 §8.1.4.1 and §8.1.5: %s has the stream as opaque sub_id, whatever the stream's format",
    async (uri) => {
      const { subject: _subject, notificationId: _notification, ...unnamed } = event;
      for (const subjectFormat of ["opaque", "iss_sub"] as const) {
        const set = await signer.signSet(
          { ...unnamed, event: uri, claims: { status: "paused" } },
          { ...es256, subjectFormat },
        );
        expect(decodeJwt(set)).toEqual({
          iss: issuer,
          aud: audience,
          iat: 1_795_395_900,
          jti: event.jti,
          txn: event.jti,
          sub_id: { format: "opaque", id: es256.id },
          events: { [uri]: { status: "paused" } },
        });
      }
    },
  );

  test("ok/RFC 9493 §3.2.4: iss_sub names the person as the ID tokens of the issuer do", async () => {
    for (const subjectIssuer of issuerNames) {
      const set = await signer.signSet(event, { ...es256, subjectFormat: "iss_sub", subjectIssuer });
      const iss = issuerUrl(issuer, subjectIssuer);
      expect(decodeJwt(set)["sub_id"]).toEqual({ format: "iss_sub", iss, sub: "pseudonym" });
      expect(await verify(set)).toMatchObject({ subject: "pseudonym" });
    }
  });

  test("ok/CAEP 1.0 §2: event_timestamp is when it happened, as toe is; events of others have none", async () => {
    for (const [uri, expected] of [
      [eventTypes.credentialChange, { change_type: "revoke", event_timestamp: 1_795_395_723 }],
      [eventTypes.credentialCompromise, { change_type: "revoke" }],
    ] as const) {
      const set = await signer.signSet({ ...event, event: uri, claims: { change_type: "revoke" } }, es256);
      expect(decodeJwt(set)).toMatchObject({ toe: 1_795_395_723 });
      expect(decodeJwt(set)["events"]).toEqual({ [uri]: expected });
    }
  });

  test("ok/SSF 1.0 §4.1.9: events of one occurrence have one txn", async () => {
    const txn = randomUUID();
    const { notificationId: _notification, ...other } = event;
    const sets = [event, other].map((each) => signer.signSet({ ...each, txn }, es256));
    for (const set of await Promise.all(sets)) expect(decodeJwt(set)["txn"]).toBe(txn);
  });

  test("ok/the database's clock a moment ahead: never issued before it happened", async () => {
    const happenedAt = new Date("2026-11-23T01:05:02Z");
    const { iat, toe } = decodeJwt(await signer.signSet({ ...event, happenedAt }, es256));
    expect([iat, toe]).toEqual([1_795_395_902, 1_795_395_902]);
  });

  test("fail/for another party, or of another issuer", async () => {
    const set = await signer.signSet(event, es256);
    await expect(verify(set, { audience: audienceOf("clinic") })).rejects.toHaveProperty(
      "code",
      "invalid_audience",
    );
    await expect(verify(set, { issuer: "https://other.example" })).rejects.toHaveProperty(
      "code",
      "invalid_issuer",
    );
  });

  test("fail/altered, or under a key that is not published", async () => {
    const [head, body] = (await signer.signSet(event, es256)).split(".");
    const [, , other] = (await signer.signSet({ ...event, jti: randomUUID() }, es256)).split(".");
    await expect(verify(`${head}.${body}.${other}`)).rejects.toHaveProperty("code", "authentication_failed");
    const unknown = makeSigner(
      {
        ES256: { kid: "new", privateKey: keys.ES256.privateKey },
        RS256: { kid: "rs", privateKey: keys.RS256.privateKey },
      },
      issuer,
    );
    await expect(verify(await unknown.signSet(event, es256))).rejects.toHaveProperty("code", "invalid_key");
  });

  test("ok/the example of docs/reference/events.md is such a token, and the page names every event", async () => {
    const page = readFileSync(new URL("../../../docs/reference/events.md", import.meta.url), "utf8");
    const sample = JSON.parse(/```json\n([^`]+)```/.exec(page)![1]!);
    const set = await new SignJWT(sample)
      .setProtectedHeader({ alg: "ES256", typ: "secevent+jwt", kid: "es" })
      .sign(keys.ES256.privateKey);
    expect(await verify(set, { audience: sample.aud })).toMatchObject({
      type: "attributes-changed",
      subject: sample.sub_id.id,
    });
    expect(Object.values(eventTypes).filter((uri) => !page.includes(`| \`${uri}\` |`))).toEqual([]);
  });

  const signed = (claims: object, header: object = {}): Promise<string> =>
    new SignJWT({ iss: issuer, aud: audience, jti: "1", iat: 1, ...claims })
      .setProtectedHeader({ alg: "ES256", typ: "secevent+jwt", kid: "es", ...header })
      .sign(keys.ES256.privateKey);
  const changed = { [eventTypes.attributesChanged]: event.claims };
  const sub_id = { format: "opaque", id: "p" };

  test.each<[string, object, object]>([
    ["a token of another type", { events: changed, sub_id }, { typ: "at+jwt" }],
    ["one with sub", { events: changed, sub_id, sub: "p" }, {}],
    ["one with exp", { events: changed, sub_id, exp: 9_999_999_999 }, {}],
    ["one without an event", { events: {}, sub_id }, {}],
    ["one with two", { events: { ...changed, [eventTypes.verification]: {} }, sub_id }, {}],
    ["an event without a subject", { events: changed }, {}],
    ["one whose event lacks its members", { events: { [eventTypes.attributesChanged]: {} }, sub_id }, {}],
  ])("fail/%s", async (_name, claims, header) => {
    await expect(verify(await signed(claims, header))).rejects.toMatchObject({
      name: "SetInvalid",
      code: "invalid_request",
    });
  });

  test("fail/unsigned, signed with a shared secret, or no token at all", async () => {
    const none = `${Buffer.from('{"alg":"none","typ":"secevent+jwt"}').toString("base64url")}.e30.`;
    const secret = await new SignJWT({ events: changed })
      .setProtectedHeader({ alg: "HS256", typ: "secevent+jwt", kid: "es" })
      .sign(new TextEncoder().encode("secret".repeat(8)));
    for (const set of [none, secret, "", "x.y.z"])
      await expect(verify(set)).rejects.toHaveProperty("code", "invalid_request");
  });

  test("fail/keys that cannot be fetched are not reported as a fault of the token", async () => {
    const unreachable = createRemoteJWKSet(new URL("http://127.0.0.1:9/jwks.json"));
    const verifying = verify(await signer.signSet(event, es256), { jwks: unreachable });
    await expect(verifying).rejects.not.toHaveProperty("name", "SetInvalid");
  });
});
