import * as z from "zod";

/**
 * Characters that must not occur in a text a person decides on: controls, line and paragraph separators, format characters
 * (zero width, bidirectional overrides, tags), lone surrogates, private use, and unassigned ones.
 */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

/** More consecutive combining marks than this cover the text around them. */
const stacked = /\p{M}{4}/u;

/**
 * A short text that a phone shows as plain text, never as HTML: one line, in NFC, not blank, without invisible characters or
 * characters that reorder others (Unicode TR 36). `most` counts UTF-16 code units.
 */
export const displayText = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine(
      (text) => !unfit.test(text) && !stacked.test(text),
      "The text has characters that are not allowed.",
    )
    .refine(
      // Stacked marks are refused above: sorting them takes quadratic time.
      (text) => stacked.test(text) || (text === text.normalize("NFC") && text === text.trim()),
      "The text is not in NFC, or has leading or trailing spaces.",
    );
