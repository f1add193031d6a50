import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { openWorld, picture, seriousFindings, type World } from "./browser.ts";
import { tap, untilTapped } from "./phone.ts";

/** "This was not me", pressed on the phone that was replaced. */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world?.closePages());
afterAll(() => world?.close());

test("ok/the old phone is notified of a new one and stops it; the new one shows that, and a tap restores the enrolment", async () => {
  const phone = await world.open("phone", "moved-twice");
  await tap(phone);
  await untilTapped(phone);
  await phone.getByRole("heading", { name: "証明書" }).waitFor();
  const pseudonym = await phone.locator("dd code").textContent();

  const old = await world.open("phone", "moved-twice&phone=old");
  await old.getByText("お知らせはありません。").waitFor();
  await tap(phone);
  await untilTapped(phone);
  const question = old.getByText("新しいスマートフォンに移りました。ご本人の操作ですか。");
  await question.waitFor();
  await picture(old, "phone-not-me");
  expect(await seriousFindings(old)).toEqual([]);
  await old.getByRole("button", { name: "自分ではない" }).dblclick();
  await old.getByText("新しいスマートフォンを止めました。").waitFor();
  expect(await old.getByRole("alert").count()).toBe(0);
  const stopped = phone.getByRole("status").filter({ hasText: "止められました" });
  await stopped.waitFor();
  // It says so wherever it would act, and nothing of it fails with a message for an app's maker.
  await phone.locator("dd", { hasText: "止められました" }).waitFor();
  expect(await phone.locator("dd", { hasText: "使えます" }).count()).toBe(0);
  expect(await phone.locator("[data-consents]").count()).toBe(0);
  expect(await phone.getByRole("alert").count()).toBe(0);
  expect(await seriousFindings(phone)).toEqual([]);

  await tap(phone);
  await untilTapped(phone);
  await stopped.waitFor({ state: "detached" });
  expect(await phone.locator("dd code").textContent()).toBe(pseudonym);
  await question.nth(1).waitFor();
});
