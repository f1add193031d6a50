import { z } from "zod";
import { act } from "../act.ts";

const order = z.strictObject({
  on: z.boolean(),
  decision: z.enum(["confirm", "decline"]).optional(),
});

/** Whether the phone answers every push by itself, and how. It stays so over a restart. */
export const auto = act(
  "auto",
  order,
  async (person, { on, decision = person.auto.decision }) => {
    await person.setAuto({ on, decision });
    return person.auto;
  },
  "PUT",
);
