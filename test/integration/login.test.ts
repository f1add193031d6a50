import { describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import * as openid from "openid-client";
import { listAttributeReads } from "../../client/app/attribute-reads.ts";
import { Gateway } from "../../client/app/gateway.ts";
import { answerLogin, type OpenLogin, openLogin } from "../../client/app/login.ts";
import { revokeOwnCertificate } from "../../client/app/revocation.ts";
import { acrValues } from "../../protocol/login.ts";
import { BankLogin, read, redirectUri } from "./bank-login.ts";
import { Browser } from "./browser.ts";
import { partyClient } from "./party.ts";
import { refusalOf } from "./refused.ts";
import { eventually, Resident } from "./resident.ts";
import { rows, stack } from "./stack.ts";

const gateway = new Gateway(stack.gateway);
const everything = { agree: ["terms" as const, "register-refresh" as const, "disclosure" as const] };
const attributes = JSON.stringify({
  userinfo: {
    verified_claims: { verification: { trust_framework: null }, claims: { name: null, address: null } },
  },
});

/** A bank with a site, and a customer with its app. */
async function bankAndCustomer(wishes = {}): Promise<{ bank: BankLogin; resident: Resident }> {
  const bank = await BankLogin.of();
  const resident = await Resident.enrolled({ ...everything, party: bank.partyId, ...wishes });
  return { bank, resident };
}

const approve = (resident: Resident, login: OpenLogin, number?: number) =>
  answerLogin(gateway, resident.enrolment, login, {
    decision: "approve",
    ...(number === undefined ? {} : { number }),
  });

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

  test("ok/attributes as far as the consent goes, with a line the person can see; none once it is withdrawn", async () => {
    const { bank, resident } = await bankAndCustomer();
    const { consentId } = await resident.disclosure();
    const begun = await bank.begin({ claims: attributes });
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    expect(login.content.reads).toEqual(["name", "address"]);
    const { returnTo = "" } = await approve(resident, login);
    const tokens = await bank.finish(begun, (await begun.browser.open(returnTo)).url);
    const ask = () =>
      openid.fetchUserInfo(bank.configuration, tokens.access_token, resident.subject, { DPoP: bank.dpop });
    const told = await ask();
    const server = await partyClient(bank.partyId);
    const fetched = await server.call("GET", `/v1/attributes?consent=${consentId}`);
    const { name, address } = fetched.body["attributes"] as Record<string, string>;
    expect(told["verified_claims"]).toMatchObject({
      verification: { trust_framework: expect.any(String), evidence: [{ type: "electronic_record" }] },
      claims: { name, address: { formatted: address } },
    });
    expect(await listAttributeReads(gateway, resident.enrolment)).toMatchObject([
      { consentId, way: "attributes", attributes: expect.arrayContaining(["dateOfBirth", "sex"]) },
      { consentId, way: "userinfo", attributes: ["name", "address"] },
    ]);

    await resident.withdraw("disclosure");
    expect(await ask()).not.toHaveProperty("verified_claims");
  });

  test("fail/a link relayed to somebody else: their browser is not the one that began, and nobody is logged in", async () => {
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

  test("fail/declined, or cancelled in the browser: the bank is told access_denied", async () => {
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
    const away = await cancelled.browser.open(`${stack.gateway}${page}/cancel`);
    expect(new URL(away.url).searchParams.get("error")).toBe("access_denied");
  });

  test("fail/the consent is withdrawn between code and token: the login stands, and no attribute goes with it", async () => {
    const { bank, resident } = await bankAndCustomer();
    await resident.disclosure();
    const begun = await bank.begin({ claims: attributes });
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    const { returnTo = "" } = await approve(resident, login);
    const callback = (await begun.browser.open(returnTo)).url;
    await resident.withdraw("disclosure");
    const { access_token } = await bank.finish(begun, callback);
    const told = await openid.fetchUserInfo(bank.configuration, access_token, resident.subject, {
      DPoP: bank.dpop,
    });
    expect(told).toEqual({ sub: resident.subject });
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

describe("from another device", () => {
  test("ok/the code is read off the screen, the number chosen, and the browser goes on by itself", async () => {
    const { bank, resident } = await bankAndCustomer();
    const begun = await bank.begin();
    const { elsewhere, number } = read(begun.page);
    const login = await openLogin(gateway, resident.enrolment, { link: elsewhere });
    expect(login.numbers).toContain(number);
    expect(await approve(resident, login, number)).toEqual({ loginId: login.loginId, state: "approved" });
    const path = new URL(begun.page.url).pathname;
    const state = await begun.browser.open(`${stack.gateway}${path}/state`);
    expect(JSON.parse(state.text)).toEqual({ state: "ready" });
    const back = await begun.browser.open(`${stack.gateway}${path}/return`);
    const tokens = await bank.finish(begun, back.url);
    expect(tokens.claims()).toMatchObject({ sub: resident.subject });
    expect(tokens.claims()).not.toHaveProperty("login_hint_token");
  });

  test("fail/a wrong number ends the login; five of them lock the phone out, and nobody else", async () => {
    const { bank, resident } = await bankAndCustomer();
    const guess = async (): Promise<string> => {
      const begun = await bank.begin();
      const { elsewhere, number } = read(begun.page);
      const login = await openLogin(gateway, resident.enrolment, { link: elsewhere });
      const wrong = login.numbers?.find((each) => each !== number);
      return refusalOf(approve(resident, login, wrong));
    };
    const said: string[] = [];
    for (let round = 0; round < 6; round++) said.push(await guess());
    expect(said).toEqual([...Array<string>(5).fill("LOGIN_NUMBER_WRONG"), "LOGIN_LOCKED"]);

    const other = await Resident.enrolled({ ...everything, party: bank.partyId });
    const begun = await bank.begin();
    const { elsewhere, number } = read(begun.page);
    const login = await openLogin(gateway, other.enrolment, { link: elsewhere });
    expect(await approve(other, login, number)).toMatchObject({ state: "approved" });
  });

  test("fail/the same answer again is the same; another one, another party's phone and a way it did not come by are closed", async () => {
    const { bank, resident } = await bankAndCustomer();
    const stranger = await Resident.enrolled();
    const begun = await bank.begin();
    const { elsewhere, here, number } = read(begun.page);
    expect(await refusalOf(openLogin(gateway, stranger.enrolment, { link: elsewhere }))).toBe("LOGIN_CLOSED");
    const pushed = { loginId: new URL(here).pathname.split("/").at(-1) ?? "" };
    expect(await refusalOf(openLogin(gateway, resident.enrolment, pushed))).toBe("LOGIN_CLOSED");
    const login = await openLogin(gateway, resident.enrolment, { link: elsewhere });
    const altered = { ...login, shown: login.shown.replace("Test Bank", "Best Bank") };
    expect(await refusalOf(approve(resident, altered, number))).toBe("SHOWN_MISMATCH");
    await approve(resident, login, number);
    expect(await refusalOf(approve(resident, login, number))).toBe("LOGIN_CLOSED");
    expect(await refusalOf(openLogin(gateway, resident.enrolment, { link: elsewhere }))).toBe("LOGIN_CLOSED");
  });
});

describe("with the card", () => {
  test("ok/a party that asks for the card is told that it was tapped; without it there is nothing", async () => {
    const { bank, resident } = await bankAndCustomer();
    const begun = await bank.begin({ acr_values: acrValues.card });
    const { elsewhere, number } = read(begun.page);
    const login = await openLogin(gateway, resident.enrolment, { link: elsewhere });
    expect(login).toMatchObject({ card: true, content: { acr: "card" } });
    expect(await refusalOf(approve(resident, login, number))).toBe("CARD_NEEDED");
    const decided = { decision: "approve" as const, number, card: await resident.phone.tapCard() };
    await answerLogin(gateway, resident.enrolment, login, decided);
    const back = await begun.browser.open(`${begun.page.url}/return`);
    const tokens = await bank.finish(begun, back.url);
    expect(tokens.claims()).toMatchObject({ acr: acrValues.card, amr: ["pop", "sc", "pin"] });
  });

  test("fail/another person's card proves nobody", async () => {
    const { bank, resident } = await bankAndCustomer();
    const other = await Resident.enrolled({ ...everything, party: bank.partyId });
    const begun = await bank.begin({ acr_values: acrValues.card });
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    const decided = { decision: "approve" as const, card: await other.phone.tapCard() };
    const attempt = answerLogin(gateway, resident.enrolment, login, decided);
    expect(await refusalOf(attempt)).toBe("CARD_NOT_THE_PERSONS");
  });
});

describe("the provider", () => {
  test("fail/a request that was not pushed, an address that is not registered, another audience", async () => {
    const { bank } = await bankAndCustomer();
    const { clientId } = decodeClient(bank);
    const direct = new URL(`${stack.gateway}/openid/auth`);
    direct.search = new URLSearchParams({
      client_id: clientId,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "openid",
    }).toString();
    const page = await new Browser().open(direct.href);
    expect(
      page.url.startsWith(redirectUri) ? new URL(page.url).searchParams.get("error") : page.status,
    ).toEqual(expect.anything());
    expect(page.url).not.toContain("code=");
    expect(await refusalOf(bank.begin({ redirect_uri: "https://evil.test/callback" }))).toBe(
      "invalid_request",
    );
    expect(await refusalOf(bank.begin({ resource: stack.gateway, scope: "openid attributes" }))).toBe(
      "invalid_target",
    );
  });

  test("ok/two parties see two subjects of one person, and nothing of one login is found in another", async () => {
    const { bank, resident } = await bankAndCustomer();
    const second = await BankLogin.of();
    const there = await Resident.enrolled({ ...everything, party: second.partyId }, resident.phone);
    const claims = [];
    for (const [at, who] of [
      [bank, resident],
      [second, there],
    ] as const) {
      const begun = await at.begin();
      const login = await openLogin(gateway, who.enrolment, { link: read(begun.page).here });
      const { returnTo = "" } = await approve(who, login);
      const tokens = await at.finish(begun, (await begun.browser.open(returnTo)).url);
      claims.push(decodeJwt(tokens.id_token ?? ""));
    }
    const [one, two] = claims;
    expect(one?.sub).not.toBe(two?.sub);
    const shared = Object.entries(one ?? {}).filter(
      ([name, value]) => two?.[name] === value && typeof value === "string",
    );
    expect(shared.map(([name]) => name).toSorted()).toEqual(["acr", "iss"]);
  });
});

const decodeClient = (bank: BankLogin): { clientId: string } => ({
  clientId: bank.configuration.clientMetadata().client_id,
});

test("ok/a login whose five minutes are over is begun anew when the page is loaded again", async () => {
  const { bank } = await bankAndCustomer();
  const begun = await bank.begin();
  const { here } = read(begun.page);
  const loginId = new URL(here).pathname.split("/").at(-1);
  await rows("update logins set expires_at = now() - interval '1 second' where id = $1 returning id", [
    loginId,
  ]);
  const again = await eventually(async () => {
    const page = await begun.browser.open(begun.page.url);
    return page.status === 200 ? page : undefined;
  });
  expect(read(again).here).not.toBe(here);
});
