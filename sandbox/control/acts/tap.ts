import { z } from "zod";
import { language, registeredName } from "../../../protocol/names.ts";
import { atTheCard } from "../../persons/at-the-card.ts";
import { enrolled } from "../../persons/enrolled.ts";
import { act } from "../act.ts";
import { purpose } from "./enrol.ts";

const order = z.strictObject({
  party: registeredName.default("abc-bank"),
  app: registeredName.optional(),
  ...atTheCard,
  /** What the person agrees to; default: the person's own choice, except for the party. */
  agree: z.array(purpose).max(3).optional(),
  language: language.default("ja"),
});

/** Another tap, on a new phone: another key, another certificate, the same person; the old certificate is revoked. */
export const tap = act("tap", order, async (person, { party, app, pin, lastTries, agree, language }) =>
  enrolled(person, {
    party,
    app: app ?? `${party}-app`,
    pin,
    lastTries,
    intent: "replace",
    // Consents for the party are unchanged.
    language,
    agree: agree ?? person.cast.agrees.filter((purpose) => purpose !== "disclosure"),
  }),
);
