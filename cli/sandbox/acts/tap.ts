import { z } from "zod";
import { registeredName } from "../../../protocol/names.ts";
import { act } from "../act.ts";
import { enrolled } from "../enrolled.ts";

const order = z.strictObject({
  party: registeredName.default("abc-bank"),
  app: registeredName.optional(),
  pin: z.string().max(64).optional(),
});

/** One tap more, on a new phone: another key, another certificate, the same person; the old certificate is revoked. */
export const tap = act("tap", order, async (person, { party, app, pin }) =>
  enrolled(person, {
    party,
    app: app ?? `${party}-app`,
    pin,
    intent: "replace",
    // What was agreed for the party stays as it is.
    agree: person.cast.agrees.filter((purpose) => purpose !== "disclosure"),
  }),
);
