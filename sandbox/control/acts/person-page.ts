import { z } from "zod";
import { openPageVisit, signPageVisit } from "../../../client/app/page-visit.ts";
import { atTheCard } from "../../persons/at-the-card.ts";
import { sentAgain } from "../../persons/login.ts";
import { act } from "../act.ts";

const order = z.strictObject({
  /** The person page's link for this device, or the content of its code. */
  link: z.url().max(1_024),
  /** With a code: the number on the person page. */
  number: z.number().int().min(10).max(99).optional(),
  /** Returns the content of the tap without using the card. */
  look: z.boolean().default(false),
  ...atTheCard,
});

/**
 * Holds the card to the phone for the person page. With a code and no number it returns the numbers to choose from; with a link
 * for this device, open `returnTo` of the answer in the browser that started.
 */
export const personPage = act("person-page", order, async (person, { link, number, look, ...card }) => {
  const { gateway } = person.world;
  const visit = await openPageVisit(gateway, link);
  const { act, numbers, expiresAt } = visit;
  if (look || (numbers && number === undefined)) return { act, expiresAt, ...(numbers ? { numbers } : {}) };
  const { holdCard, putCardAway } = person.handsWith(card);
  let signed: Awaited<ReturnType<typeof signPageVisit>>;
  try {
    signed = await signPageVisit(visit, { card: await holdCard(), number });
  } finally {
    await putCardAway();
  }
  return sentAgain(() => gateway.answerPageVisit(signed), new Date(expiresAt));
});
