import { expect, test } from "@jest/globals";
import { requestedOf } from "../../../gateway/openid/requested.ts";
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

test("ok/attributes that UserInfo can return; verified_claims in the ID token are not given", () => {
  const verified_claims = { verification: {}, claims: { birthdate: null, gender: null, nationality: null } };
  const reads = (claims: unknown) => requestedOf({ claims: JSON.stringify(claims) }, "openid").reads;
  expect(reads({ userinfo: { verified_claims } })).toEqual(["dateOfBirth", "sex"]);
  expect(reads({ id_token: { verified_claims } })).toEqual([]);
  expect(reads({ userinfo: { verified_claims: { claims: null } } })).toEqual([]);
});
