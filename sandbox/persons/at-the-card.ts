import { z } from "zod";

/** Members of an order at which the card is held. */
export const atTheCard = {
  /** As the person types it; the right one where nothing is said. */
  pin: z.string().max(64).optional(),
  /** Whether the person agrees to spend one of the last tries of the PIN: with two left or fewer none is spent otherwise. */
  lastTries: z.boolean().default(false),
};
