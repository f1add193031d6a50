import { z } from "zod";
import { openPageVisit, signPageVisit } from "../../../client/app/page-visit.ts";
import { atTheCard } from "../../persons/at-the-card.ts";
import { sentAgain } from "../../persons/login.ts";
import { act } from "../act.ts";

const order = z.strictObject({
  /** The link on the CA's page for this device, or what its code says. */
  link: z.url().max(1_024),
  /** With a code: the number on the CA's page. */
  number: z.number().int().min(10).max(99).optional(),
  /** Returns what the tap is, and does not hold the card. */
  look: z.boolean().default(false),
  ...atTheCard,
});

/**
 * Holds the card to the phone for the CA's own page. With a code and no number it returns the numbers to choose from; with a link
 * for this device, `returnTo` of the answer is to be opened in the browser that began.
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
