import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as openid from "openid-client";
import { Gateway } from "../../client/app/gateway.ts";
import { answerLogin, openLogin } from "../../client/app/login.ts";
import { acrValues } from "../../protocol/login.ts";
import { BankLogin, read, startPinged } from "./bank-login.ts";
import { refusalOf } from "./refused.ts";
import { eventually, Resident } from "./resident.ts";
import { stack } from "./stack.ts";

const gateway = new Gateway(stack.gateway);
const everything = { agree: ["terms" as const, "register-refresh" as const, "disclosure" as const] };

/** A customer who has logged in at a bank on this very device: the bank holds what shows it. */
async function knownBrowser(bank: BankLogin): Promise<{ resident: Resident; hint: string }> {
  const resident = await Resident.enrolled({ ...everything, party: bank.partyId });
  const begun = await bank.begin();
  const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
  const answer = await answerLogin(gateway, resident.enrolment, login, { decision: "approve" });
  const tokens = await bank.finish(begun, (await begun.browser.open(answer.returnTo ?? "")).url);
  return { resident, hint: tokens.claims()?.["login_hint_token"] as string };
}

const ask = (bank: BankLogin, hint: string, more: Record<string, string> = {}) =>
  openid.initiateBackchannelAuthentication(bank.configuration, {
    scope: "openid",
    login_hint_token: hint,
    binding_message: "Order 1184 47",
    ...more,
  });

/** The login that the person's inbox shows, opened. */
const waiting = (resident: Resident) =>
  eventually(async () => {
    const [login] = (await resident.inbox()).logins;
    return login && openLogin(gateway, resident.enrolment, login);
  });

describe("poll", () => {
  test("ok/the bank's server asks, the person picks the number on the bank's page, and the bank has a token", async () => {
    const bank = await BankLogin.of({ backchannel: { delivery: "poll" } });
    const { resident, hint } = await knownBrowser(bank);
    const request = await ask(bank, hint, { acr_values: acrValues.device });
    const login = await waiting(resident);
    expect(login.content).toMatchObject({ message: "Order 1184", party: { id: bank.partyId } });
    expect(login.numbers).toContain(47);
    await answerLogin(gateway, resident.enrolment, login, { decision: "approve", number: 47 });
    const tokens = await openid.pollBackchannelAuthenticationGrant(
      bank.configuration,
      { ...request, interval: 1 },
      {},
      { DPoP: bank.dpop },
    );
    expect(tokens.claims()).toMatchObject({ sub: resident.subject, acr: acrValues.device });
    expect((await resident.inbox()).logins).toEqual([]);
  });

  test("fail/declined, and a wrong number: access_denied, and a longer wait before the next", async () => {
    const bank = await BankLogin.of({ backchannel: { delivery: "poll" } });
    const { resident, hint } = await knownBrowser(bank);
    const request = await ask(bank, hint);
    const slow = await ask(bank, hint).catch((error: openid.ResponseBodyError) => error);
    expect(slow).toMatchObject({ error: "slow_down", status: 429 });
    expect((slow as openid.ResponseBodyError).response.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    const login = await waiting(resident);
    const wrong = login.numbers?.find((number) => number !== 47) ?? 0;
    const attempt = answerLogin(gateway, resident.enrolment, login, { decision: "approve", number: wrong });
    expect(await refusalOf(attempt)).toBe("LOGIN_NUMBER_WRONG");
    const poll = openid.pollBackchannelAuthenticationGrant(
      bank.configuration,
      { ...request, interval: 1 },
      {},
      { DPoP: bank.dpop },
    );
    expect(await refusalOf(poll)).toBe("access_denied");
    expect(await refusalOf(ask(bank, hint))).toBe("slow_down");
  });
});

describe("ping", () => {
  let place: Awaited<ReturnType<typeof startPinged>>;
  beforeAll(async () => {
    place = await startPinged();
  });
  afterAll(() => place.close());

  test("ok/the bank is pinged with its own token when the person has decided", async () => {
    const bank = await BankLogin.of({ backchannel: { delivery: "ping", endpoint: place.endpoint } });
    const { resident, hint } = await knownBrowser(bank);
    const request = await ask(bank, hint, { client_notification_token: "a-token-of-the-banks-own" });
    const login = await waiting(resident);
    await answerLogin(gateway, resident.enrolment, login, { decision: "approve", number: 47 });
    expect(await place.pinged).toEqual({
      authorization: "Bearer a-token-of-the-banks-own",
      body: JSON.stringify({ auth_req_id: request.auth_req_id }),
    });
  });
});

describe("who may be asked", () => {
  test("fail/a hint by name, by an ID token, by another party's browser, or by an unknown one", async () => {
    const bank = await BankLogin.of({ backchannel: { delivery: "poll" } });
    const other = await BankLogin.of({ backchannel: { delivery: "poll" } });
    const { hint } = await knownBrowser(bank);
    const asked = (more: Record<string, string>) =>
      refusalOf(
        openid.initiateBackchannelAuthentication(bank.configuration, {
          scope: "openid",
          binding_message: "47",
          ...more,
        }),
      );
    expect(await asked({ login_hint: "taro@example.jp" })).toBe("invalid_request");
    expect(await asked({ login_hint_token: "A".repeat(43) })).toBe("unknown_user_id");
    expect(await asked({ login_hint_token: "x".repeat(5_000) })).toBe("unknown_user_id");
    expect(await refusalOf(ask(other, hint))).toBe("unknown_user_id");
  });

  test.each([
    ["no number", "Pay the rent"],
    ["a number that cannot be read off", "Pay 7"],
    ["an order of its own", "Pay \u202e99 47"],
    ["something that shows nothing", "Pay\u200b 47"],
    ["more than fits", `${"x".repeat(90)} 47`],
  ])("fail/a binding message with %s", async (_what, message) => {
    const bank = await BankLogin.of({ backchannel: { delivery: "poll" } });
    const { hint } = await knownBrowser(bank);
    expect(await refusalOf(ask(bank, hint, { binding_message: message }))).toBe("invalid_binding_message");
  });
});
