import { expect, test } from "@jest/globals";
import { requestedOf } from "../../../gateway/openid/requested.ts";
import {
  attributesAsked,
  birthdateOf,
  claimsAsked,
  verifiedClaims,
} from "../../../gateway/openid/verified-claims.ts";
import { acrValues } from "../../../protocol/login.ts";

test.each([
  ["nothing", {}, "device"],
  ["the card first", { acr_values: `${acrValues.card} ${acrValues.device}` }, "card"],
  ["the phone first", { acr_values: `${acrValues.device} ${acrValues.card}` }, "device"],
  ["something unknown", { acr_values: "urn:other" }, "device"],
  [
    "an essential claim",
    { claims: { id_token: { acr: { essential: true, value: acrValues.card } } } },
    "card",
  ],
  [
    "the claim as text",
    { claims: JSON.stringify({ id_token: { acr: { values: [acrValues.card] } } }) },
    "card",
  ],
  ["no JSON", { claims: "{" }, "device"],
  ["JSON of another kind", { claims: "7" }, "device"],
])("ok/asked for by %s", (_what, parameters, acr) => {
  expect(requestedOf(parameters, "openid")).toEqual({ acr, reads: [] });
});

test("ok/the issuer oidc takes attributes by scope and by plain claims, the issuer openid does not", () => {
  const parameters = {
    scope: "openid name gender email",
    claims: { userinfo: { address: null, name: null, picture: null } },
  };
  expect(requestedOf(parameters, "oidc").reads).toEqual(["name", "sex", "address"]);
  expect(requestedOf(parameters, "openid").reads).toEqual([]);
});

test("ok/attributes by their OpenID names, and no other claims", () => {
  const request = { verification: {}, claims: { birthdate: null, gender: null, nationality: null } };
  expect(attributesAsked(request)).toEqual(["dateOfBirth", "sex"]);
  for (const none of [undefined, null, {}, { claims: null }, { claims: [] }, "name"])
    expect(attributesAsked(none)).toEqual([]);
});

test("ok/furigana is a separate claim: furigana and name are each given where asked for", () => {
  const of = (...claims: string[]) => ({ claims: Object.fromEntries(claims.map((claim) => [claim, null])) });
  const reading = "name#ja-Kana-JP";
  expect(attributesAsked(of(reading))).toEqual(["name"]);
  expect(attributesAsked(of("name", reading))).toEqual(["name"]);
  const attributes = { name: "山田　太郎", nameSubstitution: "", furigana: "ヤマダ　タロウ" };
  const given = (request: object) =>
    (
      verifiedClaims({ version: 1, provenAt: new Date(0), attributes }, claimsAsked(request)) as {
        claims: object;
      }
    ).claims;
  expect(given(of("name"))).toEqual({ name: "山田　太郎" });
  expect(given(of(reading))).toEqual({ [reading]: "ヤマダ　タロウ" });
  expect(given(of("name", reading))).toEqual({ name: "山田　太郎", [reading]: "ヤマダ　タロウ" });
});

test.each([
  ["419900401", "1990-04-01"],
  ["419900000", "1990"],
  ["400000401", undefined],
  ["000000000", undefined],
])("ok/a date of birth %s is %s", (register, birthdate) => {
  expect(birthdateOf(register)).toBe(birthdate);
});

test("fail/no claim without a read attribute, and no serial of the card", () => {
  const disclosed = { version: 3, provenAt: new Date(0), attributes: { sex: "unknown" as const } };
  const claims = verifiedClaims(disclosed) as { claims: object };
  expect(claims.claims).toEqual({});
  expect(JSON.stringify(claims)).not.toMatch(/serial/i);
});
