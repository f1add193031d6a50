import { z } from "zod";
import { changeLife } from "../../persons/life.ts";
import { act } from "../act.ts";

const text = z.string().min(1).max(200);
const order = z.strictObject({
  /** Another address or name than in the person's own story. */
  address: text.optional(),
  name: text.optional(),
  formerName: text.optional(),
});

/**
 * Changes the person's data: at the town hall, on a renewed card, and in the CA's daily run, which is started now. Returns what
 * the person is asked, if a party is to be notified.
 */
export const move = act("move", order, async (person, { address, name, formerName }) => {
  const events = [
    ...(address === undefined ? [] : [{ act: "move", details: { address } }]),
    ...(name === undefined ? [] : [{ act: "rename", details: { name, formerName } }]),
  ];
  const changed = await changeLife(person, events);
  const asked = (await person.questions()).map(({ waiting }) => waiting);
  return { ...changed, asked };
});
