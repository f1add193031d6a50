import { z } from "zod";
import { application } from "../../../protocol/application.ts";
import { language, registeredName } from "../../../protocol/names.ts";
import { atTheCard } from "../../persons/at-the-card.ts";
import { enrolled } from "../../persons/enrolled.ts";
import { act } from "../act.ts";

export const purpose = z.enum(["terms", "register-refresh", "disclosure"]);

const order = z.strictObject({
  party: registeredName.default("abc-bank"),
  /** Default `<party>-app`. */
  app: registeredName.optional(),
  /** What the person agrees to; default: the person's own choice. */
  agree: z.array(purpose).max(3).optional(),
  ...atTheCard,
  /** The party's opaque customer reference. */
  binding: application.shape.binding,
  /** Language of the notices. */
  language: language.default("ja"),
});

/** One tap of the card; the party's app on the phone gets a certificate. */
export const enrol = act(
  "enrol",
  order,
  async (person, { party, app, agree, pin, lastTries, binding, language }) =>
    enrolled(person, {
      party,
      app: app ?? `${party}-app`,
      intent: "enrol",
      pin,
      lastTries,
      binding,
      language,
      agree: agree ?? person.cast.agrees,
    }),
);
