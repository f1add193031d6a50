import { describe, expect, test } from "@jest/globals";
import * as openid from "openid-client";
import { listAttributeReads } from "../../client/app/attribute-reads.ts";
import { answerLogin, openLogin } from "../../client/app/login.ts";
import { revokeOwnCertificate } from "../../client/app/revocation.ts";
import { acrValues } from "../../protocol/login.ts";
import { BankLogin, read, redirectUri } from "./bank-login.ts";
import { Browser } from "./browser.ts";
import { approve, attributes, bankAndCustomer, gateway } from "./login-customer.ts";
import { partyClient } from "./party.ts";
import { refusalOf } from "./refused.ts";
import { stack } from "./stack.ts";

describe("on the same device", () => {
  test("ok/PAR, PKCE, DPoP: the app link, one press, an ID token of this person for this party alone", async () => {
    const { bank, resident } = await bankAndCustomer();
    const begun = await bank.begin();
    expect(begun.page.status).toBe(200);
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    expect(login.content.party).toMatchObject({ id: bank.partyId, name: { en: "Test Bank" } });
    expect(login).toMatchObject({ numbers: undefined, card: false });
    const { returnTo = "" } = await approve(resident, login);
    const back = await begun.browser.open(returnTo);
    expect(back.url).toMatch(new RegExp(`^${redirectUri}\\?`));

    const tokens = await bank.finish(begun, back.url);
    const claims = tokens.claims();
    expect(claims).toMatchObject({ sub: resident.subject, acr: acrValues.device, nonce: begun.nonce });
    expect(Math.abs(Number(claims?.["auth_time"]) - Date.now() / 1000)).toBeLessThan(120);
    expect(claims?.["login_hint_token"]).toEqual(expect.any(String));
    expect(tokens.token_type).toBe("dpop");
    expect(tokens.refresh_token).toBeUndefined();
  });

  test("ok/attributes as far as the consent covers, with a line that the person can see; none after a withdrawal", async () => {
    const { bank, resident } = await bankAndCustomer();
    const { consentId } = await resident.disclosure();
    const begun = await bank.begin({ claims: attributes });
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    expect(login.content.reads).toEqual(["name", "address"]);
    const { returnTo = "" } = await approve(resident, login);
    const tokens = await bank.finish(begun, (await begun.browser.open(returnTo)).url);
    const ask = () =>
      openid.fetchUserInfo(bank.configuration, tokens.access_token, resident.subject, { DPoP: bank.dpop });
    const userInfo = await ask();
    const server = await partyClient(bank.partyId);
    const fetched = await server.call("GET", `/v1/attributes?consent=${consentId}`);
    const { name, address, ...flags } = fetched.body["attributes"] as Record<string, string>;
    const substituted = (["name", "address"] as const).flatMap((each): [string, string | undefined][] =>
      flags[`${each}Substitution`]?.includes("1")
        ? [[`urn:kazasu:claim:${each}-substitution`, flags[`${each}Substitution`]]]
        : [],
    );
    expect(userInfo["verified_claims"]).toEqual({
      verification: { trust_framework: expect.any(String) },
      claims: { name, address: { formatted: address }, ...Object.fromEntries(substituted) },
    });
    expect(await listAttributeReads(gateway, resident.enrolment)).toMatchObject([
      { consentId, way: "attributes", attributes: expect.arrayContaining(["dateOfBirth", "sex"]) },
      { consentId, way: "userinfo", attributes: ["name", "address"] },
    ]);

    await resident.withdraw("disclosure");
    expect(await ask()).not.toHaveProperty("verified_claims");
  });

  test("ok/several requests under different trust frameworks: the app shows, and the bank gets, what ours can answer", async () => {
    const { bank, resident } = await bankAndCustomer();
    await resident.disclosure();
    const [framework] = bank.configuration.serverMetadata()["trust_frameworks_supported"] as string[];
    const evidence = [{ type: { value: "electronic_record" }, record: { type: null } }];
    const verified_claims = [
      { verification: { trust_framework: { value: "eidas" } }, claims: { name: null, birthdate: null } },
      {
        verification: { trust_framework: { value: framework }, time: null, evidence },
        claims: { address: null },
      },
    ];
    const begun = await bank.begin({ claims: JSON.stringify({ userinfo: { verified_claims } }) });
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    expect(login.content.reads).toEqual(["address"]);
    const { returnTo = "" } = await approve(resident, login);
    const tokens = await bank.finish(begun, (await begun.browser.open(returnTo)).url);
    const userInfo = await openid.fetchUserInfo(bank.configuration, tokens.access_token, resident.subject, {
      DPoP: bank.dpop,
    });
    expect(userInfo["verified_claims"]).toEqual([
      {
        verification: {
          trust_framework: framework,
          time: expect.stringMatching(/T15:00:00Z$/),
          evidence: [{ type: "electronic_record", record: { type: "population_register" } }],
        },
        claims: expect.objectContaining({ address: { formatted: expect.any(String) } }),
      },
    ]);
  });

  test("fail/a malformed request of attributes is refused when it is pushed", async () => {
    const { bank } = await bankAndCustomer();
    const claims = JSON.stringify({ userinfo: { verified_claims: { claims: { name: null } } } });
    await expect(bank.begin({ claims })).rejects.toMatchObject({ error: "invalid_request" });
  });

  test("fail/a link relayed to another person: their browser is not the one that began, and nobody is logged in", async () => {
    const { bank, resident } = await bankAndCustomer();
    const begun = await bank.begin();
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    const { returnTo = "" } = await approve(resident, login);
    const theirs = await new Browser().open(returnTo);
    expect(theirs.status).toBe(404);
    expect(theirs.text).toContain("別のブラウザー");

    const { pathname } = new URL(begun.page.url);
    const state = await begun.browser.open(`${stack.gateway}${pathname}/state`);
    expect(JSON.parse(state.text)).toEqual({ state: "open" });
    const without = await begun.browser.open(`${stack.gateway}${pathname}/return`);
    expect(without.url).toBe(begun.page.url);
    const guessed = await begun.browser.open(`${stack.gateway}${pathname}/return?code=${"A".repeat(43)}`);
    expect(guessed.url).toBe(begun.page.url);
  });

  test("fail/declined, or cancelled in the browser: the bank gets access_denied", async () => {
    const { bank, resident } = await bankAndCustomer();
    const declined = await bank.begin();
    const login = await openLogin(gateway, resident.enrolment, { link: read(declined.page).here });
    await answerLogin(gateway, resident.enrolment, login, { decision: "decline" });
    const { pathname } = new URL(declined.page.url);
    const back = await declined.browser.open(`${stack.gateway}${pathname}/return`);
    expect(await refusalOf(bank.finish(declined, back.url))).toBe("access_denied");
    expect(new URL(back.url).searchParams.get("error")).toBe("access_denied");

    const cancelled = await bank.begin();
    const page = new URL(cancelled.page.url).pathname;
    const returned = await cancelled.browser.open(`${stack.gateway}${page}/cancel`);
    expect(new URL(returned.url).searchParams.get("error")).toBe("access_denied");
  });

  test("fail/the consent is withdrawn between code and token: the login succeeds without attributes", async () => {
    const { bank, resident } = await bankAndCustomer();
    await resident.disclosure();
    const begun = await bank.begin({ claims: attributes });
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    const { returnTo = "" } = await approve(resident, login);
    const callback = (await begun.browser.open(returnTo)).url;
    await resident.withdraw("disclosure");
    const { access_token } = await bank.finish(begun, callback);
    const userInfo = await openid.fetchUserInfo(bank.configuration, access_token, resident.subject, {
      DPoP: bank.dpop,
    });
    expect(userInfo).toEqual({ sub: resident.subject });
    expect(await listAttributeReads(gateway, resident.enrolment)).toEqual([]);
  });

  test("fail/mixed up: a code of one party at another, and an answer that another issuer claims to give", async () => {
    const { bank, resident } = await bankAndCustomer();
    const other = await BankLogin.of();
    const begun = await bank.begin();
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    const { returnTo = "" } = await approve(resident, login);
    const callback = (await begun.browser.open(returnTo)).url;
    expect(await refusalOf(other.finish(begun, callback))).toBe("invalid_grant");
    // RFC 9207: the answer says who gives it, and the library of the party refuses another.
    expect(new URL(callback).searchParams.get("iss")).toBe(`${stack.gateway}/openid`);
    const mixed = new URL(callback);
    mixed.searchParams.set("iss", "https://evil.test/openid");
    await expect(bank.finish(begun, mixed.href)).rejects.toMatchObject({ code: "OAUTH_INVALID_RESPONSE" });
  });

  test("fail/four megabytes of text to be shown are not even read", async () => {
    const { bank } = await bankAndCustomer();
    const huge = JSON.stringify([
      { type: "urn:kazasu:transaction:1", shown: { title: "x".repeat(4 * 1_048_576) } },
    ]);
    expect(await refusalOf(bank.begin({ authorization_details: huge }))).toBe("invalid_request");
  });

  test("fail/a stolen code without the DPoP key or the verifier, and a code used twice", async () => {
    const { bank, resident } = await bankAndCustomer();
    const callbackOf = async (begun: Awaited<ReturnType<BankLogin["begin"]>>) => {
      const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
      const { returnTo = "" } = await approve(resident, login);
      return (await begun.browser.open(returnTo)).url;
    };
    const begun = await bank.begin();
    const callback = await callbackOf(begun);
    const thief = await BankLogin.of({ partyId: bank.partyId });
    expect(await refusalOf(thief.finish(begun, callback))).toBe("invalid_grant");
    const stranger = openid.getDPoPHandle(bank.configuration, await openid.randomDPoPKeyPair("ES256"));
    const withOtherKey = openid.authorizationCodeGrant(
      bank.configuration,
      new URL(callback),
      { pkceCodeVerifier: begun.verifier, expectedState: begun.state, expectedNonce: begun.nonce },
      {},
      { DPoP: stranger },
    );
    expect(await refusalOf(withOtherKey)).toBe("invalid_grant");

    const second = await bank.begin();
    const good = await callbackOf(second);
    const both = await Promise.all([
      refusalOf(bank.finish(second, good)),
      refusalOf(bank.finish(second, good)),
    ]);
    expect(both.toSorted()).toEqual(["invalid_grant", "nothing was refused"]);
  });

  test("fail/the phone is revoked between code and token: no token, and no claims for one that was given", async () => {
    const { bank, resident } = await bankAndCustomer();
    const first = await bank.begin({ claims: attributes });
    const opened = await openLogin(gateway, resident.enrolment, { link: read(first.page).here });
    const one = (await approve(resident, opened)).returnTo ?? "";
    const tokens = await bank.finish(first, (await first.browser.open(one)).url);

    const second = await bank.begin();
    const again = await openLogin(gateway, resident.enrolment, { link: read(second.page).here });
    const { returnTo = "" } = await approve(resident, again);
    const callback = (await second.browser.open(returnTo)).url;
    await revokeOwnCertificate(gateway, resident.enrolment, "keyCompromise");
    expect(await refusalOf(bank.finish(second, callback))).toBe("invalid_grant");
    const ask = openid.fetchUserInfo(bank.configuration, tokens.access_token, resident.subject, {
      DPoP: bank.dpop,
    });
    expect(await refusalOf(ask)).not.toBe("nothing was refused");
  });
});
