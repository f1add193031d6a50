import { z } from "zod";
import { language, registeredName } from "../../../protocol/names.ts";
import { act } from "../act.ts";

const order = z.strictObject({
  party: registeredName.default("abc-bank"),
  app: registeredName.optional(),
  language: language.default("ja"),
});

/** What a phone shows before the tap: the party, and each notice, word for word, for the person to agree to or not. */
export const notices = act("notices", order, async (person, { party, app, language }) =>
  person.phone.notices({ party, app: app ?? `${party}-app`, language }),
);
