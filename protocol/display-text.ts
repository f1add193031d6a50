import * as z from "zod";

/**
 * Characters that have no place in a text a person decides by: controls, line and paragraph separators, format
 * characters (zero width, bidirectional overrides, tags), surrogates alone, private use, and what is not assigned.
 */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

/** More combining marks than this in a row cover the text around them. */
const stacked = /\p{M}{4}/u;

/**
 * A short text that a phone shows as it is, never as HTML: one line, in NFC, not blank, without characters that show
 * nothing or change the order of others (Unicode TR 36). `most` counts UTF-16 code units.
 */
export const displayText = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !unfit.test(text) && !stacked.test(text), "The text has characters that are not shown.")
    .refine(
      // Refused above where marks are stacked: to put them in order takes the square of their number.
      (text) => stacked.test(text) || (text === text.normalize("NFC") && text === text.trim()),
      "The text is not in NFC, or padded.",
    );
