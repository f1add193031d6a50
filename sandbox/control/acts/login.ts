import { z } from "zod";
import { openLogin } from "../../../client/app/login.ts";
import { registeredName } from "../../../protocol/names.ts";
import { atTheCard } from "../../persons/at-the-card.ts";
import { answerOpened, shownOf } from "../../persons/login.ts";
import { act } from "../act.ts";

const order = z.strictObject({
  party: registeredName.default("abc-bank"),
  /** The login page's link for this device, or the content of its code. */
  link: z.url().max(1_024),
  decision: z.enum(["confirm", "decline"]).default("confirm"),
  /** With a code: the number on the login page. */
  number: z.number().int().min(10).max(99).optional(),
  /** Inputs if the card signs. */
  ...atTheCard,
});

/**
 * Opens a login from the party's login page and answers it. With a link for this device, open `returnTo` of the answer in the
 * browser that started.
 */
export const login = act("login", order, async (person, { party, link, decision, number, ...card }) => {
  const { gateway } = person.world;
  const enrolment = await person.enrolmentAt(party);
  const opened = await openLogin(gateway, enrolment, { link });
  const answered = await answerOpened(gateway, enrolment, opened, decision, {
    ...person.handsWith(card),
    number,
  });
  return { ...answered, shown: shownOf(opened) };
});
