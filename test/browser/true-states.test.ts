import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { openWorld, seriousFindings, type World } from "./browser.ts";
import { enrolled, tap, untilEnrolled, untilTapped } from "./phone.ts";
import { home, move } from "./town-hall.ts";

/** What the phone's page says is so, and what a person can do about it. */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world?.closePages());
afterAll(() => world?.close());

/** Sets faults of a simulator, or lifts them all. */
async function faults(of: "bank" | "jlis", what?: object): Promise<void> {
  const { status } = await fetch(`${world.addresses[of]}/control/faults`, {
    method: what ? "POST" : "DELETE",
    ...(what ? { headers: { "content-type": "application/json" }, body: JSON.stringify(what) } : {}),
  });
  expect(status).toBeLessThan(300);
}

test("ok/while the bank is down the phone says that it was not notified; then that the bank has recorded the change", async () => {
  const phone = await enrolled(world, "plain");
  const townHall = await world.open("town-hall", "plain");
  await move(townHall, home);
  await phone.locator("ins", { hasText: home }).waitFor();
  await faults("bank", { down: true });
  await phone.getByRole("button", { name: "伝える", exact: true }).click();
  await phone.getByText("まだ届いていません。届くまで送り続けます").waitFor();
  expect(await phone.getByText("伝えました").count()).toBe(0);
  await faults("bank");
  await phone.getByText("相手先が反映しました").waitFor();
  expect(await phone.getByText("まだ届いていません").count()).toBe(0);
});

test("bad/with two tries of the PIN left there is a checkbox to agree to, and the right PIN is accepted", async () => {
  const phone = await world.open("phone", "latin-name");
  await tap(phone, { pin: "WRONG999" });
  const step = phone.locator("[data-step]");
  for (const left of ["残り4回。", "残り3回。"]) {
    await phone.getByRole("alert").filter({ hasText: left }).waitFor();
    expect(await step.getByRole("checkbox").count()).toBe(0);
    await step.locator('input[name="pin"]').fill("WRONG999");
    await step.getByRole("button", { name: "カードをかざす" }).click();
  }
  await phone.getByRole("alert").filter({ hasText: "残り2回。" }).waitFor();
  await step.getByRole("button", { name: /このテスト用カードのもの/ }).click();
  const hold = step.getByRole("button", { name: "カードをかざす" });
  expect(await hold.isDisabled()).toBe(true);
  await step.getByRole("checkbox").check();
  expect(await seriousFindings(phone)).toEqual([]);
  await hold.click();
  await untilEnrolled(phone);
});

test("bad/a returning phone whose card has two tries left is asked too, and spends none without agreement", async () => {
  const phone = await world.open("phone", "odd-characters");
  await tap(phone, { pin: "WRONG999" });
  const step = phone.locator("[data-step]");
  for (const left of ["残り4回。", "残り3回。"]) {
    await phone.getByRole("alert").filter({ hasText: left }).waitFor();
    await step.locator('input[name="pin"]').fill("WRONG999");
    await step.getByRole("button", { name: "カードをかざす" }).click();
  }
  await phone.getByRole("alert").filter({ hasText: "残り2回。" }).waitFor();
  await phone.reload();
  await tap(phone);
  await phone.getByRole("alert").filter({ hasText: "PIN_LAST_TRIES" }).waitFor();
  await step.getByRole("checkbox").check();
  await step.getByRole("button", { name: /このテスト用カードのもの/ }).click();
  await step.getByRole("button", { name: "カードをかざす" }).click();
  await untilEnrolled(phone);
});

test("ok/every consent names party, items, dates and state; withdrawn, and given again", async () => {
  const phone = await world.open("phone", "married");
  await phone.getByRole("button", { name: "はじめる", exact: true }).click();
  const seen: (string | null)[] = [];
  const notice = phone.locator("[data-step] article");
  await notice.waitFor();
  for (let count = await notice.count(); count > 0; count = await notice.count()) {
    const purpose = await notice.getAttribute("data-purpose");
    const shown = phone.locator(`article[data-purpose="${purpose}"]`);
    await shown.locator("dd", { hasText: "ABC銀行" }).waitFor();
    if (purpose !== "terms") await shown.locator("dd", { hasText: "氏名、住所、生年月日、性別" }).waitFor();
    seen.push(purpose);
    await shown.getByRole("button", { name: "同意する", exact: true }).click();
  }
  expect(new Set(seen)).toEqual(new Set(["disclosure", "register-refresh", "terms"]));
  const step = phone.locator("[data-step]");
  await step.getByRole("button", { name: /このテスト用カードのもの/ }).click();
  await step.getByRole("button", { name: "カードをかざす" }).click();
  await untilEnrolled(phone);

  const consents = phone.locator('[data-consents="abc-bank"]');
  const disclosed = consents.locator('[data-kind="disclosure"][data-state="in-force"]');
  for (const fact of ["ABC銀行", "氏名、住所、生年月日、性別", /\d{4}年\d+月\d+日/])
    await disclosed.locator("dd", { hasText: fact }).first().waitFor();
  const register = consents.locator('[data-kind="register-refresh"][data-state="in-force"]');
  await register.locator("dd", { hasText: "J-LIS が受け付けました" }).waitFor();

  await disclosed.getByRole("button", { name: "撤回する" }).click();
  const ended = consents.locator('[data-kind="disclosure"][data-state="withdrawn"]');
  await ended.getByRole("button", { name: "もう一度同意する" }).click();
  await ended.locator("dd", { hasText: "ABC銀行" }).first().waitFor();
  expect(await seriousFindings(phone)).toEqual([]);
  await ended.getByRole("button", { name: "同意する", exact: true }).click();
  await disclosed.waitFor();
  // The one that ended stays in the list, and is not offered beside the one in force.
  await ended.waitFor();
  expect(await ended.getByRole("button").count()).toBe(0);

  await register.getByRole("button", { name: "撤回する" }).click();
  await consents.locator('[data-kind="register-refresh"][data-state="withdrawn"]').waitFor();
  await tap(phone);
  await untilTapped(phone);
  await register.waitFor();
});

test("ok/where the card signs a login it is asked for first; after the card's refusal the login is still open", async () => {
  const phone = await enrolled(world, "minor");
  const sent: { pin?: string; lastTries?: boolean }[] = [];
  const shown = { party: { name: { ja: "ABC銀行", en: "ABC Bank" } }, numbers: [12, 34, 56], card: true };
  await phone.route("**/open-login", (route) => route.fulfill({ json: { via: "qr", shown } }));
  await phone.route("**/people/minor/login", async (route) => {
    sent.push(route.request().postDataJSON() as { pin?: string });
    if (sent.length > 1) return route.fulfill({ json: {} });
    const message = { ja: "署名用パスワードが違います。", en: "The signature PIN is wrong." };
    return route.fulfill({
      status: 409,
      json: { code: "PIN_WRONG", message, next: message, triesLeft: 2 },
    });
  });
  await phone.locator('input[name="link"]').fill("https://ca.example/login/x");
  await phone.getByRole("button", { name: "ログインを開く" }).click();
  const opened = phone.locator("[data-opened]");
  await opened.getByRole("button", { name: "34" }).click();
  await opened.getByText("このログインに、カードで署名します（ABC銀行）。").waitFor();
  expect(sent).toEqual([]);
  await opened.locator('input[name="pin"]').fill("WRONG999");
  await opened.getByRole("button", { name: "カードをかざす" }).click();
  await opened.getByRole("checkbox").check();
  await opened.getByRole("button", { name: /このテスト用カードのもの/ }).click();
  await opened.getByRole("button", { name: "カードをかざす" }).click();
  await opened.waitFor({ state: "detached" });
  expect(sent).toMatchObject([
    { number: 34, pin: "WRONG999", lastTries: false },
    { number: 34, pin: "ABC12345", lastTries: true },
  ]);
});

test("ok/with J-LIS down the card may be removed, and the certificate arrives later", async () => {
  const phone = await world.open("phone", "unknown-birth-date");
  await faults("jlis", { ocsp: { status: 503 } });
  await tap(phone);
  await phone.getByText("カードを離してかまいません。").waitFor();
  await phone.getByText("カードは手元にあります。").waitFor();
  expect(await phone.getByRole("alert").count()).toBe(0);
  await faults("jlis");
  await untilEnrolled(phone);
});
