import { expect, test } from "@jest/globals";
import { problemOfFailure } from "../../../sandbox/control/problem.ts";
import { adviceOn, adviceOnRefusal, PartyUnfit } from "../../../sandbox/trial/party-advice.ts";

const good = {
  id: "my-bank",
  name: { ja: "私の銀行", en: "My Bank" },
  redirectUris: ["http://127.0.0.1:3000/callback"],
  makeKey: true,
};
const publicKey = { kty: "EC", crv: "P-256", x: "x", y: "y", kid: "1" };

test.each<[string, object]>([
  ["a generated key", {}],
  ["a pasted key", { makeKey: undefined, jwks: { keys: [publicKey] } }],
  ["published keys", { makeKey: undefined, jwksUri: "https://bank.example/jwks" }],
  ["the issuer oidc", { issuer: "oidc", idTokenAlg: "RS256" }],
  ["an app alone", { makeKey: undefined, redirectUris: [] }],
])("ok/nothing to change in a registration with %s", (_what, more) => {
  expect(adviceOn({ ...good, ...more })).toEqual([]);
});

test.each<[string, unknown, string, RegExp]>([
  ["no object", "id=my-bank", "body", /application\/json/],
  ["capitals and a space in the id", { ...good, id: "My Bank" }, "id", /lower-case/],
  ["no id", { ...good, id: undefined }, "id", /lower-case/],
  ["a name in one language", { ...good, name: { en: "My Bank" } }, "name", /both languages/],
  [
    "a redirect address without its scheme",
    { ...good, redirectUris: ["bank.example/cb"] },
    "redirectUris",
    /scheme/,
  ],
  ["http elsewhere", { ...good, redirectUris: ["http://bank.example/cb"] }, "redirectUris", /https/],
  ["a wildcard", { ...good, redirectUris: ["https://bank.example/*"] }, "redirectUris", /\*/],
  ["a client without a key", { ...good, makeKey: undefined }, "jwks", /makeKey/],
  ["two kinds of keys", { ...good, jwksUri: "https://bank.example/jwks" }, "jwks", /Choose one/],
  ["a bare JWK", { ...good, makeKey: undefined, jwks: publicKey }, "jwks", /JWK Set/],
  ["text that is no JSON", { ...good, makeKey: undefined, jwks: "-----BEGIN" }, "jwks", /JWK Set/],
  [
    "a private key",
    { ...good, makeKey: undefined, jwks: { keys: [{ ...publicKey, d: "secret" }] } },
    "jwks",
    /private/,
  ],
  [
    "a key without kid",
    { ...good, makeKey: undefined, jwks: { keys: [{ ...publicKey, kid: "" }] } },
    "jwks",
    /kid/,
  ],
  ["an unknown issuer", { ...good, issuer: "saml" }, "issuer", /oidc/],
  ["RS256 at openid", { ...good, idTokenAlg: "RS256" }, "idTokenAlg", /ES256/],
  ["CIBA at oidc", { ...good, issuer: "oidc", backchannel: { delivery: "poll" } }, "backchannel", /openid/],
  [
    "oidc without a redirect address",
    { ...good, issuer: "oidc", redirectUris: [] },
    "redirectUris",
    /browsers return/,
  ],
])("fail/%s: the answer names the member and what to write, in both languages", (_what, body, field, en) => {
  const advice = adviceOn(body);
  expect(advice.map((each) => each.field)).toEqual([field]);
  expect(advice[0]).toMatchObject({
    en: expect.stringMatching(en),
    ja: expect.stringMatching(/\p{Script=Hiragana}/u),
  });
  expect(problemOfFailure(new PartyUnfit(advice))).toMatchObject({
    status: 400,
    code: "REGISTRATION_UNFIT",
    advice,
  });
  expect(JSON.stringify(advice)).not.toContain("secret");
});

test.each([
  ["The client a belongs to the issuer oidc: register another one with --client.", "client"],
  ["The client a belongs to another party: use one of its own with --client.", "client"],
  ["The address of the keys is not allowed: An endpoint must be an https URL.", "jwksUri"],
  ["The client's keys cannot be used: keys.0.kty: invalid.", "jwks"],
  ["Something else.", "body"],
])("fail/%s is advice on %s", (message, field) => {
  expect(adviceOnRefusal(new Error(message))).toEqual({
    field,
    en: message,
    ja: expect.stringMatching(/\p{Script=Hiragana}/u),
  });
});
