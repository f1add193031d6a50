import type { Page } from "playwright-core";
import type { World } from "./browser.ts";

/** What a person does on the phone's page, with the mouse alone. */

const words = {
  ja: { begin: "はじめる", agree: "同意する", put: /このテスト用カードのもの/, hold: "カードをかざす" },
  en: { begin: "Begin", agree: "I agree", put: /Put in this test card's/, hold: "Hold the card over" },
};

/** Reads and agrees to each notice, and holds the card over. A PIN that is not the card's is typed. */
export async function tap(
  phone: Page,
  { pin, language = "ja" }: { pin?: string; language?: keyof typeof words } = {},
): Promise<void> {
  const say = words[language];
  await phone.getByRole("button", { name: say.begin, exact: true }).click();
  const step = phone.locator("[data-step]");
  const notice = step.locator("article");
  await notice.waitFor();
  for (let count = await notice.count(); count > 0; count = await notice.count())
    await notice.getByRole("button", { name: say.agree, exact: true }).click();
  if (pin === undefined) await step.getByRole("button", { name: say.put }).click();
  else await step.locator('input[name="pin"]').fill(pin);
  await step.getByRole("button", { name: say.hold }).click();
}

/** The tap is over, and the phone is ready for another. */
export const untilTapped = (phone: Page): Promise<void> => phone.locator('[data-step="start"]').waitFor();

/** The certificate is there, and what was agreed to is in force. */
export async function untilEnrolled(phone: Page): Promise<void> {
  await phone.getByRole("heading", { name: "証明書", exact: true }).waitFor();
  for (const consent of ["J-LIS への変更の確認: 有効", "相手先への提供: 有効"])
    await phone.locator("li", { hasText: consent }).waitFor();
  await untilTapped(phone);
}

/** A person's phone after one tap. */
export async function enrolled(world: World, person: string): Promise<Page> {
  const phone = await world.open("phone", person);
  await tap(phone);
  await untilEnrolled(phone);
  return phone;
}
