import { z } from "zod";
import { act } from "../act.ts";

const order = z.strictObject({
  on: z.boolean(),
  decision: z.enum(["confirm", "decline"]).optional(),
  /** The number always shown on the page of the party under test: logins without a browser ask for it. */
  number: z.number().int().min(10).max(99).optional(),
});

/** Whether and how the phone answers every push automatically. Kept over a restart. */
export const auto = act(
  "auto",
  order,
  async (person, { on, decision = person.auto.decision, number = person.auto.number }) => {
    await person.setAuto({ on, decision, number });
    return person.auto;
  },
  "PUT",
);
