import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { firstView, openWorld, picture, seriousFindings, type World } from "./browser.ts";
import { enrolled, tap, untilEnrolled, untilTapped } from "./phone.ts";
import { home, move } from "./town-hall.ts";

/** The story of the product on three pages side by side, with the mouse and the keyboard alone. */

const later = "北海道札幌市中央区北一条西二丁目１番地";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world?.closePages());
afterAll(() => world?.close());

test("ok/tap, certificate, move, push, one press, the bank's record; after a withdrawal nothing is sent", async () => {
  const [phone, bank, townHall] = (await Promise.all(
    ["phone", "bank", "town-hall"].map((page) => world.open(page, "plain")),
  )) as [Page, Page, Page];
  await phone.getByRole("button", { name: "はじめる" }).waitFor();
  await picture(phone, "phone-before");
  await tap(phone);
  await untilEnrolled(phone);
  await phone.getByText(/カードとのやりとり/).click();
  await phone.getByText("verify a PIN → 9000 done").waitFor();
  const address = bank.locator('[data-customer="sandbox-plain"] [data-value="address"]');
  await address.waitFor();

  await move(townHall, home);
  await picture(townHall, "town-hall");
  await phone.locator("ins", { hasText: home }).waitFor();
  await picture(phone, "phone-change");
  await phone.getByRole("button", { name: "伝える" }).click();
  await bank.locator('[data-value="address"]', { hasText: home }).waitFor();
  await bank.getByText(/履歴/).click();
  await picture(bank, "bank");
  await phone.getByText("相手先が反映しました").waitFor();
  await phone.getByText("abc-bank: 氏名、住所、生年月日、性別").first().waitFor();

  await phone.locator("li", { hasText: "相手先への提供" }).getByRole("button", { name: "撤回する" }).click();
  await phone.locator("li", { hasText: "相手先への提供: 撤回済み" }).waitFor();
  await move(townHall, later);
  await phone.getByText("待っているものはありません。").waitFor();
  expect(await address.textContent()).toBe(home);
});

test("ok/a new phone by one tap, and a page in English that stays so", async () => {
  const phone = await enrolled(world, "latin-name");
  const before = await phone.locator("dd code").textContent();
  await phone.getByRole("button", { name: "English" }).click();
  await phone.reload();
  await phone.getByRole("heading", { name: "A new phone" }).waitFor();
  await tap(phone, { language: "en" });
  await phone.getByText(/Exchanges with the card/).waitFor();
  await untilTapped(phone);
  // Another certificate, and the party knows the person by the same name.
  expect(await phone.locator("dd code").textContent()).toBe(before);
  expect(await phone.evaluate("document.documentElement.lang")).toBe("en");
});

test("fail/a wrong PIN costs a try and says how many are left; a locked card says where to go", async () => {
  const phone = await world.open("phone", "unknown-birth-date");
  await tap(phone, { pin: "WRONG999" });
  await phone.getByRole("alert").filter({ hasText: "残り4回。" }).waitFor();
  const locked = await world.open("phone", "locked");
  await tap(locked);
  await locked.getByRole("alert").getByText("市区町村の窓口").waitFor();
});

test("fail/a stale tab's press says that nothing is open; a double press counts once", async () => {
  const phone = await enrolled(world, "minor");
  const townHall = await world.open("town-hall", "minor");
  await move(townHall, home);
  await phone.locator("ins", { hasText: home }).waitFor();
  const stale = await world.browser.newPage();
  await stale.route("**/live", (route) => route.abort());
  await stale.goto(phone.url());
  await stale.getByText("接続が切れています").waitFor();
  await stale.locator("ins", { hasText: home }).waitFor();
  await phone.getByRole("button", { name: "伝える" }).dblclick();
  await phone.getByText("相手先が反映しました").waitFor();
  expect(await phone.getByRole("alert").count()).toBe(0);
  await stale.getByRole("button", { name: "伝える" }).click();
  await stale.getByRole("alert").getByText("NOTHING_WAITS").waitFor();
});

test("fail/a link of another CA is not opened", async () => {
  const phone = await enrolled(world, "married");
  await phone
    .locator('input[name="link"]')
    .fill("https://evil.test/login/3f0d2c0e-6a0b-4a55-9a53-0d7a6e1f2b11?via=link");
  await phone.getByRole("button", { name: "ログインを開く" }).click();
  await phone.getByRole("alert").waitFor();
  expect(await phone.getByText("ログインを続ける").count()).toBe(0);
});

test("fail/a script in an address is shown as text on every page", async () => {
  const script = "<img src=x onerror=alert(1)>";
  const phone = await enrolled(world, "odd-characters");
  const [townHall, bank] = [
    await world.open("town-hall", "odd-characters"),
    await world.open("bank", "plain"),
  ];
  await townHall.locator('input[name="address"]').fill(script);
  await townHall.getByRole("button", { name: "転居を届け出る" }).click();
  await phone.locator("ins").waitFor();
  await phone.getByRole("button", { name: "伝える" }).click();
  await bank
    .locator('[data-customer="sandbox-odd-characters"] ins', { hasText: /img/ })
    .waitFor({ state: "attached" });
  for (const page of [phone, townHall, bank]) expect(await page.locator("img").count()).toBe(0);
});

test("ok/no serious finding of axe-core, at most 100 kB for each page, and how soon the largest thing is there", async () => {
  for (const path of ["phone", "bank", "town-hall"]) {
    const page = await world.open(path, "plain");
    await page.locator("section").first().waitFor();
    const { bytes, paintMs } = await firstView(page);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousFindings(page)).toEqual([]);
    }
    process.stdout.write(`  ${path}: ${bytes} bytes, largest contentful paint ${paintMs} ms\n`);
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThanOrEqual(100_000);
  }
});
