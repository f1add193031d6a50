import { z } from "zod";
import { answerPageVisit, openPageVisit } from "../../../client/app/page-visit.ts";
import { act } from "../act.ts";

const order = z.strictObject({
  /** The link on the CA's page for this device, or what its code says. */
  link: z.url().max(1_024),
  /** With a code: the number on the CA's page. */
  number: z.number().int().min(10).max(99).optional(),
});

/**
 * Holds the card to the phone for the CA's own page. With a code and no number it tells the numbers to choose from; with a link
 * for this device, `returnTo` of the answer is to be opened in the browser that began.
 */
export const personPage = act("person-page", order, async (person, { link, number }) => {
  const { gateway } = person.world;
  const visit = await openPageVisit(gateway, link);
  if (visit.numbers && number === undefined) return { numbers: visit.numbers, expiresAt: visit.expiresAt };
  const { holdCard, putCardAway } = person.hands;
  try {
    return await answerPageVisit(gateway, visit, { card: await holdCard(), number });
  } finally {
    await putCardAway();
  }
});
