import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { openWorld, picture, seriousFindings, type World } from "./browser.ts";
import { enrolled } from "./phone.ts";

/** The CA's own page, in a browser that runs no scripts, with the card held to a phone beside it. */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world?.closePages());
afterAll(() => world?.close());

test("ok/opened by the number on the screen, with the mouse alone: the page lists everything, and all phones are stopped", async () => {
  const phone = await enrolled(world, "moved-twice");
  const context = await world.browser.newContext({
    viewport: { width: 760, height: 900 },
    locale: "ja-JP",
    javaScriptEnabled: false,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(world.addresses.personPage);
  await page.getByRole("button", { name: "カードで開く" }).click();
  const link = await page.locator("[data-link]").getAttribute("data-link");
  const number = await page.locator("#number").textContent();

  await phone.locator('input[name="page"]').fill(link!);
  await phone.getByRole("button", { name: "ご本人ページをカードで開く" }).click();
  await phone.getByRole("button", { name: number!, exact: true }).click();
  const card = phone.locator('[data-card="asked"]');
  await card.getByText("認証局のご本人ページを開くために、カードで署名します。").waitFor();
  await card.getByRole("button", { name: /このテスト用カードのもの/ }).click();
  await card.getByRole("button", { name: "カードをかざす" }).click();
  await phone.getByText("確認しました。").waitFor();

  // It goes on by itself.
  await page.getByRole("heading", { name: "端末", exact: true }).waitFor();
  await page.getByText("ABC銀行に変更を知らせること").waitFor();
  await picture(page, "person-page");
  await page.getByRole("button", { name: "この端末を停止する" }).waitFor();
  const all = page.locator('form[action="/stop-all"]');
  await all.getByRole("checkbox").check();
  await all.getByRole("button").click();
  await page.getByText("完了しました。").waitFor();
  expect(await page.getByRole("button", { name: "この端末を停止する" }).count()).toBe(0);
  await page.getByText("停止済み").waitFor();
  await page.getByRole("button", { name: "このページを閉じる" }).click();
  await page.getByRole("button", { name: "カードで開く" }).waitFor();
  await context.close();
});

test("ok/the page has no serious finding of axe-core", async () => {
  const page = await world.browser.newPage({ bypassCSP: true });
  await page.goto(world.addresses.personPage);
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("button").click();
  await page.locator("#number").waitFor();
  expect((await seriousFindings(page)).filter((found) => !found.startsWith("meta-refresh"))).toEqual([]);
  await page.close();
});
