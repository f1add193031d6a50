import { expect, test } from "@jest/globals";
import * as openid from "openid-client";
import { Gateway } from "../../client/app/gateway.ts";
import { answerLogin, openLogin } from "../../client/app/login.ts";
import { BankLogin, read } from "./bank-login.ts";
import { partyClient } from "./party.ts";
import { Resident } from "./resident.ts";
import { rows, stack } from "./stack.ts";
import { moveHouse, untilRefreshed } from "./town-hall.ts";

const gateway = new Gateway(stack.gateway);
const home = "大阪府大阪市北区中之島一丁目３番２０号";
const furigana = "コウノ　ハナコ";
const everything = ["terms", "register-refresh", "disclosure"] as const;

/** What a login gives of the name, by the claims of OpenID. */
async function userInfo(bank: BankLogin, resident: Resident): Promise<unknown> {
  const claims = { name: null, "name#ja-Kana-JP": null, address: null };
  const begun = await bank.begin({
    claims: JSON.stringify({
      userinfo: { verified_claims: { verification: { trust_framework: null }, claims } },
    }),
  });
  const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
  expect(login.content.reads).toEqual(["name", "address"]);
  const { returnTo = "" } = await answerLogin(gateway, resident.enrolment, login, { decision: "approve" });
  const tokens = await bank.finish(begun, (await begun.browser.open(returnTo)).url);
  const { verified_claims } = await openid.fetchUserInfo(
    bank.configuration,
    tokens.access_token,
    resident.subject,
    { DPoP: bank.dpop },
  );
  return verified_claims;
}

test("ok/furigana that the register gives with a move is added to the name; the move itself needs the press", async () => {
  const bank = await BankLogin.of();
  const resident = await Resident.enrolled({ agree: [...everything], party: bank.partyId });
  const { consentId } = await resident.disclosure();
  await resident.registerConsentHeld();
  const { register } = await resident.phone.resident();
  const server = await partyClient(bank.partyId);
  const fetched = async (more = "") =>
    (await server.call("GET", `/v1/attributes?consent=${consentId}${more}`)).body;
  // As certificates and J-LIS write it: of some people not with the register's own characters.
  const first = (await fetched("&include=furigana"))["attributes"] as Record<string, string>;
  const { name = "", address = "" } = first;
  expect(first).not.toHaveProperty("furigana");

  // Noted at the town hall; no certificate has it, so it comes with the next answer of J-LIS.
  await resident.phone.card.atTownHall("rename", { name: register.name, furigana });
  await moveHouse(resident, home);
  const found = await resident.change();
  expect(found.change.changes).toEqual([expect.objectContaining({ attribute: "address", to: home })]);
  await untilRefreshed(resident);
  expect(await fetched("&include=furigana")).toMatchObject({
    anchorVersion: 1,
    attributes: { name, furigana, address },
  });
  expect((await fetched())["attributes"]).not.toHaveProperty("furigana");
  expect(await userInfo(bank, resident)).toMatchObject({
    claims: { name, "name#ja-Kana-JP": furigana, address: { formatted: address } },
  });

  await resident.answer(found, "confirm");
  expect(await fetched("&include=furigana")).toMatchObject({
    anchorVersion: 2,
    attributes: { name, furigana, address: home },
  });
  const [stored] = await rows<{ details: string }>(
    "select string_agg(detail::text, '') as details from audit_lines where subject = any($1)",
    [[resident.personId, consentId]],
  );
  for (const value of [name, furigana, home]) expect(stored?.details).not.toContain(value);
});
