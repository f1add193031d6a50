import { describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { openLogin } from "../../client/app/login.ts";
import { BankLogin, read, redirectUri } from "./bank-login.ts";
import { Browser } from "./browser.ts";
import { approve, bankAndCustomer, everything, gateway } from "./login-customer.ts";
import { refusalOf } from "./refused.ts";
import { eventually, Resident } from "./resident.ts";
import { rows, stack } from "./stack.ts";

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
