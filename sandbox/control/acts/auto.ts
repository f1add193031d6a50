import { z } from "zod";
import { act } from "../act.ts";

const order = z.strictObject({
  on: z.boolean(),
  decision: z.enum(["confirm", "decline"]).optional(),
  /** What the party's own page always shows while it is tried: logins without a browser ask which number it is. */
  number: z.number().int().min(10).max(99).optional(),
});

/** Whether the phone answers every push by itself, and how. It stays so over a restart. */
export const auto = act(
  "auto",
  order,
  async (person, { on, decision = person.auto.decision, number = person.auto.number }) => {
    await person.setAuto({ on, decision, number });
    return person.auto;
  },
  "PUT",
);
