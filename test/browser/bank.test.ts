import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { openWorld, seriousFindings, type World } from "./browser.ts";
import { enrolled } from "./phone.ts";

/** ABC Bank's page beside the phone's: logged in by code, by link and by push, and transfers signed on the phone. */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world?.closePages());
afterAll(() => world?.close());

/** The number on the bank's screen, as a person reads it. */
const numberOn = async (bank: Page): Promise<string> =>
  (await bank.locator("[data-number]").textContent())?.trim() ?? "";

/** The phone reads the code off the bank's screen, and its person chooses the number there. */
async function scan(bank: Page, phone: Page): Promise<void> {
  const link = (await bank.locator("svg.code").getAttribute("data-link")) ?? "";
  await phone.locator('input[name="link"]').fill(link);
  await phone.getByRole("button", { name: "ログインを開く" }).click();
  await phone
    .locator("[data-opened]")
    .getByRole("button", { name: await numberOn(bank) })
    .click();
}

/** The card signs a transfer: it is asked for, and nothing is sent before. */
async function holdCard(phone: Page): Promise<void> {
  const asked = phone
    .locator('[data-card="asked"]')
    .filter({ hasText: "この取引に、カードで署名します（ABC銀行）。" });
  await asked.getByRole("button", { name: /このテスト用カードのもの/ }).click();
  expect(await seriousFindings(phone)).toEqual([]);
  await asked.getByRole("button", { name: "カードをかざす" }).click();
}

async function order(bank: Page, to: string, amount: string, button: string): Promise<void> {
  await bank.locator('input[name="to"]').fill(to);
  await bank.locator('input[name="amount"]').fill(amount);
  await bank.getByRole("button", { name: button }).click();
}

async function axeClean(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFindings(page)).toEqual([]);
  }
}

test("ok/logged in by the code on the bank's page; a transfer is signed on the phone and shown as signed", async () => {
  const phone = await enrolled(world, "plain");
  const bank = await world.open("bank", "plain");
  await bank.getByRole("button", { name: "スマートフォンでログインする" }).dblclick();
  await bank.locator("svg.code").waitFor();
  await axeClean(bank);
  await scan(bank, phone);
  const own = bank.locator('[data-own="sandbox-plain"]');
  await own.locator('[data-value="address"]').waitFor();
  await own.getByText("履歴（1）").click();

  await order(bank, "<img src=x onerror=alert(1)>", "１２０，０００", "スマートフォンで署名する");
  await bank.getByText("120,000円").first().waitFor();
  await scan(bank, phone);
  await holdCard(phone);
  const signed = bank.locator('[data-transfer="signed"]');
  await signed.getByText("署名済み（検証しました）").waitFor();
  expect(await signed.textContent()).toContain("<img src=x onerror=alert(1)>");
  expect(await bank.locator("img").count()).toBe(0);
  await axeClean(bank);
});

test("ok/with the mouse alone: by the app on this device, and afterwards by push; a transfer by push", async () => {
  const page = await enrolled(world, "married");
  // One browser, as it is on one device: the bank, then its app, then back.
  await page.getByRole("link", { name: "ABC銀行" }).click();
  await page.getByRole("button", { name: "スマートフォンでログインする" }).click();
  await page.getByRole("link", { name: "この端末のアプリを開く" }).click();
  await page.locator("[data-opened]").getByRole("button", { name: "ログインを承認する" }).click();
  await page.getByRole("link", { name: "ログインを続ける" }).click();
  await page.locator('[data-own="sandbox-married"]').waitFor();
  await page.getByRole("button", { name: "ログアウトする" }).click();

  const phone = await world.open("phone", "married");
  await page.getByRole("button", { name: "通知でログインする" }).click();
  await phone.getByRole("button", { name: await numberOn(page), exact: true }).click();
  await page.locator('[data-own="sandbox-married"]').waitFor();

  await order(page, "山本 学", "500", "通知を受けて署名する");
  await phone.getByText("山本 学").waitFor();
  await phone.getByRole("button", { name: await numberOn(page), exact: true }).click();
  await holdCard(phone);
  await page.locator('[data-transfer="signed"]', { hasText: "山本 学" }).waitFor();
  await axeClean(page);
  await axeClean(phone);
});

test("fail/declined on the phone, an invalid amount, a stale tab: the page says what to do next", async () => {
  const phone = await enrolled(world, "minor");
  // A context with room for a second tab of the same browser.
  const context = await world.browser.newContext({ locale: "ja-JP" });
  const bank = await context.newPage();
  await bank.goto(phone.url().replace("/phone/", "/bank/"));
  await bank.getByRole("button", { name: "スマートフォンでログインする" }).click();
  const link = (await bank.locator("svg.code").getAttribute("data-link")) ?? "";
  await phone.locator('input[name="link"]').fill(link);
  await phone.getByRole("button", { name: "ログインを開く" }).click();
  await phone.locator("[data-opened]").getByRole("button", { name: "断る" }).click();
  await bank.getByRole("alert").getByText("もう一度始めてください。").waitFor();

  await bank.getByRole("button", { name: "スマートフォンでログインする" }).click();
  const tab = bank.waitForEvent("popup");
  await bank.getByRole("link", { name: /別のタブ/ }).click();
  const scanning = await tab;
  await scanning
    .locator("[data-opened]")
    .getByRole("button", { name: await numberOn(bank) })
    .click();
  await bank.locator("[data-own]").waitFor();
  await order(bank, "佐藤", "たくさん", "スマートフォンで署名する");
  await bank.getByRole("alert").getByText("AMOUNT_UNFIT").waitFor();

  const stale = await context.newPage();
  await stale.route("**/live", (route) => route.abort());
  await stale.goto(bank.url());
  await stale.locator("[data-own]").waitFor();
  await bank.getByRole("button", { name: "ログアウトする" }).click();
  await bank.getByRole("button", { name: "スマートフォンでログインする" }).waitFor();
  await order(stale, "佐藤", "500", "スマートフォンで署名する");
  await stale.getByRole("alert").getByText("NOT_LOGGED_IN").waitFor();
  await stale.getByRole("button", { name: "スマートフォンでログインする" }).waitFor();
  await context.close();
});
