import { beforeAll, describe, expect, test } from "@jest/globals";
import { type CryptoKey, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { verifyChallenge } from "../../../protocol/challenge.ts";
import { encode } from "../../../protocol/encoding.ts";
import { labels } from "../../../protocol/labels.ts";

const now = new Date("2026-06-01T00:00:00Z");
const seconds = now.getTime() / 1_000;
const bytes = (length: number) => encode(new Uint8Array(length).fill(7));

const claims = {
  iss: "https://ca.example",
  jti: bytes(32),
  iat: seconds,
  exp: seconds + 600,
  enrolmentId: "3f2c8f3e-6a0f-4c43-9d5c-0f4f0f0f0f0f",
  party: { id: "abc-bank", name: { ja: "ABC銀行", en: "ABC Bank" } },
  app: "abc-bank-app",
  intent: "enrol",
  spkiSha256: bytes(32),
  ecdhKey: bytes(65),
  sealing: { kid: "sealing-1", publicKey: bytes(65) },
  notices: [{ id: "terms", purpose: "terms", version: "1", language: "ja", sha256: bytes(32) }],
  attestation: "optional",
} satisfies JWTPayload;

type Pair = { publicKey: CryptoKey; privateKey: CryptoKey };
let key: Pair;
let other: Pair;
beforeAll(async () => {
  [key, other] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
});

const sign = (payload: JWTPayload, header: { alg?: string; typ?: string } = {}, by = key.privateKey) =>
  new SignJWT(payload).setProtectedHeader({ alg: "ES256", typ: labels.challenge, ...header }).sign(by);

const verify = (jws: string, options: { at?: number; clockToleranceSeconds?: number } = {}) => {
  const { at = 0, ...more } = options;
  return verifyChallenge(jws, key.publicKey, { now: new Date(now.getTime() + at * 1_000), ...more });
};

const invalid = { ok: false, code: "CHALLENGE_INVALID" };
const expired = { ok: false, code: "CHALLENGE_EXPIRED" };

describe("verifyChallenge", () => {
  test("ok/under the pinned key, until it expires", async () => {
    const jws = await sign(claims);
    expect(await verify(jws)).toEqual({ ok: true, claims });
    expect(await verify(jws, { at: 599 })).toMatchObject({ ok: true });
  });

  test("ok/clock skew is allowed for, as far as configured", async () => {
    const jws = await sign(claims);
    expect(await verify(jws, { at: 800, clockToleranceSeconds: 300 })).toMatchObject({ ok: true });
    expect(await verify(jws, { at: 901, clockToleranceSeconds: 300 })).toEqual(expired);
  });

  test("ok/unknown claims of a later version are ignored", async () => {
    expect(await verify(await sign({ ...claims, new: true }))).toEqual({ ok: true, claims });
  });

  test("fail/expired, to the second", async () => {
    expect(await verify(await sign(claims), { at: 600 })).toEqual(expired);
  });

  test("fail/under another key", async () => {
    expect(await verify(await sign(claims, {}, other.privateKey))).toEqual(invalid);
  });

  test("fail/an expired one under another key is not called expired", async () => {
    expect(await verify(await sign(claims, {}, other.privateKey), { at: 9_999 })).toEqual(invalid);
  });

  test("fail/alg none", async () => {
    const unsecured = new UnsecuredJWT(claims).encode();
    expect(await verify(unsecured)).toEqual(invalid);
    const header = encode(Buffer.from(JSON.stringify({ alg: "none", typ: labels.challenge })));
    expect(await verify(`${header}.${unsecured.split(".")[1]}.`)).toEqual(invalid);
  });

  test("fail/HS256 with the public key as the secret", async () => {
    const secret = new Uint8Array(await crypto.subtle.exportKey("spki", key.publicKey));
    const jws = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", typ: labels.challenge })
      .sign(secret);
    expect(await verify(jws)).toEqual(invalid);
  });

  test.each(["JWT", "at+jwt", "kazasu-challenge+jwe"])("fail/typ %s is not a challenge", async (typ) => {
    expect(await verify(await sign(claims, { typ }))).toEqual(invalid);
  });

  test("fail/no typ", async () => {
    const jws = await new SignJWT(claims).setProtectedHeader({ alg: "ES256" }).sign(key.privateKey);
    expect(await verify(jws)).toEqual(invalid);
  });

  test.each(Object.keys(claims))("fail/without %s", async (missing) => {
    const payload = Object.fromEntries(Object.entries(claims).filter(([name]) => name !== missing));
    expect(await verify(await sign(payload))).toEqual(invalid);
  });

  test.each([
    ["a nonce of 31 bytes", { jti: bytes(31) }],
    ["a point of 64 bytes", { ecdhKey: bytes(64) }],
    ["an enrolment id that is not a UUID", { enrolmentId: "1" }],
    ["an unknown intent", { intent: "renew" }],
    ["a party without a name", { party: { id: "abc-bank" } }],
    ["33 notices", { notices: Array.from({ length: 33 }, () => claims.notices[0]) }],
  ])("fail/%s", async (_, change) => {
    expect(await verify(await sign({ ...claims, ...change }))).toEqual(invalid);
  });

  test("fail/one changed character anywhere", async () => {
    const jws = await sign(claims);
    for (const at of [3, jws.indexOf(".") + 5, jws.lastIndexOf(".") + 5]) {
      const changed = jws.slice(0, at) + (jws[at] === "A" ? "B" : "A") + jws.slice(at + 1);
      expect(await verify(changed)).toEqual(invalid);
    }
  });

  test.each(["", ".", "..", "a.b.c", "{}", "�"])("fail/%j is no JWS", async (text) => {
    expect(await verify(text)).toEqual(invalid);
  });
});
