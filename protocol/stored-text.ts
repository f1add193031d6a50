import * as z from "zod";

/**
 * A text that a party has us keep and give back as it came. Postgres takes no U+0000 and no surrogate without its other
 * half, so they are refused with a reason. `most` counts UTF-16 code units.
 */
export const storedText = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => !/[\0\p{Cs}]/u.test(text), "The text has a NUL or half of a surrogate pair.");
