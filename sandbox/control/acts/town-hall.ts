import { z } from "zod";
import { act } from "../act.ts";

const order = z.strictObject({
  act: z.enum([
    "move",
    "move-abroad",
    "rename",
    "renew",
    "new-card",
    "lose",
    "hold",
    "revoke",
    "unlock",
    "die",
    "withdraw-consent",
  ]),
  /** Inputs for the counter: see simulators/j-lis/orders.ts. */
  details: z.record(z.string().max(64), z.string().max(400)).default({}),
});

/** Any other act at the town hall. The CA reads the lists with the next `move`, or in its daily run. */
export const townHall = act("town-hall", order, async (person, { act: errand, details }) => {
  await person.card.atTownHall(errand, details);
  return { resident: await person.resident() };
});
