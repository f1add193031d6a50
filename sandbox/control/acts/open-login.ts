import { z } from "zod";
import { openLogin } from "../../../client/app/login.ts";
import { registeredName } from "../../../protocol/names.ts";
import { shownOf } from "../../persons/login.ts";
import { act } from "../act.ts";

const order = z.strictObject({
  party: registeredName.default("abc-bank"),
  /** The login page's link for this device, or the content of its code. */
  link: z.url().max(1_024),
});

/** Opens a login without answering it: what the phone shows before the decision. */
export const openLoginAct = act("open-login", order, async (person, { party, link }) => {
  const enrolment = await person.enrolmentAt(party);
  const { via, ...opened } = await openLogin(person.world.gateway, enrolment, { link });
  return { via, shown: shownOf({ via, ...opened }) };
});
