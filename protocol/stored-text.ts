import * as z from "zod";

/**
 * A party's text that is stored and returned unchanged. Postgres accepts neither U+0000 nor lone surrogates, so they are
 * refused with a reason. `most` counts UTF-16 code units.
 */
export const storedText = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => !/[\0\p{Cs}]/u.test(text), "The text has a NUL or a lone surrogate.");
