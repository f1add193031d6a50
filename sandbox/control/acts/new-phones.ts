import { z } from "zod";
import { newPhonesOf } from "../../persons/new-phones.ts";
import { act } from "../act.ts";

/** What the phones, including former ones, ask after a tap on a new one; and what was stopped on the current phone. */
export const newPhones = act("new-phones", z.strictObject({}), async (person) => {
  const { asked, ended } = await newPhonesOf(person);
  return { asked: asked.map(({ about }) => about), ended };
});
