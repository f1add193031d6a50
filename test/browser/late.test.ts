import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { openWorld, type World } from "./browser.ts";
import { enrolled } from "./phone.ts";
import { home, move } from "./town-hall.ts";

/** Presses that come late, and answers that take their time. */

let world: World;
beforeAll(async () => {
  // A change waits for its person for seven days: 17 seconds.
  world = await openWorld({ KAZASU_TIME_SCALE: "36000", KAZASU_CONFIRM_DAYS: "7" });
});
afterEach(() => world?.closePages());
afterAll(() => world?.close());

test("fail/a press after the end notifies nobody, and says so", async () => {
  const phone = await enrolled(world, "plain");
  const townHall = await world.open("town-hall", "plain");
  await move(townHall, home);
  const late = await world.browser.newPage();
  await late.route("**/live", (route) => route.abort());
  await late.goto(phone.url());
  await late.locator("ins", { hasText: home }).waitFor();
  await phone.getByText("期限が切れました").waitFor();
  await late.getByRole("button", { name: "伝える", exact: true }).click();
  await late.getByRole("alert").waitFor();
  await late.close();
  const bank = await world.open("bank", "plain");
  const address = bank.locator('[data-customer="sandbox-plain"] [data-value="address"]');
  expect(await address.textContent()).not.toBe(home);
});

test("ok/on a slow connection one press counts once, and the page says that it is under way", async () => {
  const phone = await enrolled(world, "latin-name");
  const townHall = await world.open("town-hall", "latin-name");
  let pressed = 0;
  let goOn = () => {};
  const slow = new Promise<void>((resolve) => (goOn = resolve));
  await phone.route("**/answer", async (route) => {
    pressed += 1;
    await slow;
    await route.continue();
  });
  await move(townHall, home);
  const press = phone.getByRole("button", { name: "伝える", exact: true });
  await press.dblclick();
  await phone.locator("button[disabled]", { hasText: "伝える" }).waitFor();
  goOn();
  await phone.getByText("相手先が反映しました").waitFor();
  expect(pressed).toBe(1);
});
