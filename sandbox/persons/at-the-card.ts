import { z } from "zod";

/** Members of an act that uses the card. */
export const atTheCard = {
  /** As typed by the person; default: the correct one. */
  pin: z.string().max(64).optional(),
  /** Whether the person agrees to use one of the last tries of the PIN: otherwise none is used with two left or fewer. */
  lastTries: z.boolean().default(false),
};
