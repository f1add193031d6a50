import { describe, expect, test } from "@jest/globals";
import { answerLogin, openLogin } from "../../client/app/login.ts";
import { acrValues } from "../../protocol/login.ts";
import { read } from "./bank-login.ts";
import { approve, bankAndCustomer, everything, gateway } from "./login-customer.ts";
import { refusalOf } from "./refused.ts";
import { Resident } from "./resident.ts";
import { stack } from "./stack.ts";

describe("from another device", () => {
  test("ok/the code is scanned from the screen, the number chosen, and the browser goes on without a click", async () => {
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

  test("fail/a wrong number ends the login; five of them lock out this phone, and no other", async () => {
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

  test("fail/an altered answer, a second answer, another party's phone, and another way than it was opened by are refused", async () => {
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
  test("ok/a party that asks for the card learns that it was tapped; without the card there is no token", async () => {
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

  test("fail/another person's card", async () => {
    const { bank, resident } = await bankAndCustomer();
    const other = await Resident.enrolled({ ...everything, party: bank.partyId });
    const begun = await bank.begin({ acr_values: acrValues.card });
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    const decided = { decision: "approve" as const, card: await other.phone.tapCard() };
    const attempt = answerLogin(gateway, resident.enrolment, login, decided);
    expect(await refusalOf(attempt)).toBe("CARD_NOT_THE_PERSONS");
  });
});
