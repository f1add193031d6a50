import type { Page } from "playwright-core";

export const home = "大阪府大阪市北区中之島一丁目３番２０号";

/** Reports a move at the town hall; returns when the lists were read and everybody who is asked was asked. */
export async function move(townHall: Page, address: string): Promise<void> {
  await townHall.locator('input[name="address"]').fill(address);
  await townHall.getByRole("button", { name: "転居を届け出る" }).click();
  await townHall.getByText(address, { exact: true }).waitFor();
  await townHall.locator("form button:not([disabled])").first().waitFor();
}
