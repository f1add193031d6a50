import { z } from "zod";
import { newPhonesOf } from "../../persons/new-phones.ts";
import { act } from "../act.ts";

/** What the phones ask after a tap on a new one, the former phones too; and what of the current phone was stopped. */
export const newPhones = act("new-phones", z.strictObject({}), async (person) => {
  const { asked, ended } = await newPhonesOf(person);
  return { asked: asked.map(({ about }) => about), ended };
});
