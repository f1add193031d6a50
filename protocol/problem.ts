import * as z from "zod";
import { type Language, language } from "./names.ts";
import { type RefusalCode, refusals } from "./refusals.ts";

const codes = Object.keys(refusals) as [RefusalCode, ...RefusalCode[]];

/** An RFC 9457 problem document: the HTTP form of every refusal and failure. */
export const problem = z.strictObject({
  /** `urn:kazasu:problem:` and the code in kebab case. Stable. */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  instance: z.string(),
  code: z.enum(codes),
  message: z.strictObject({ ja: z.string(), en: z.string() }),
  next: z.strictObject({ ja: z.string(), en: z.string() }),
  language,
  triesLeft: z.number().int().optional(),
});
export type Problem = z.infer<typeof problem>;

/**
 * The language of an Accept-Language header (RFC 9110 §12.5.4): English if it is first or there is no header, otherwise
 * Japanese.
 */
export const languageOf = (acceptLanguage: string | undefined): Language =>
  /^\s*en\b/i.test(acceptLanguage ?? "en") ? "en" : "ja";

/** Default Retry-After by status, and of the limits that last longer, seconds. */
const retryAfter: Partial<Record<number, number>> = { 429: 60, 503: 5 };
const longWaits: Partial<Record<RefusalCode, number>> = {
  LOGIN_LOCKED: 3_600,
  CONSENTS_TOO_MANY: 86_400,
  LINK_REQUESTS_TOO_MANY: 86_400,
};

/** Status, header fields and body of the HTTP response to a refusal. */
export function problemResponse(code: RefusalCode, more: Parameters<typeof problemOf>[1]) {
  const document = problemOf(code, more);
  const wait = longWaits[code] ?? retryAfter[document.status];
  return {
    status: document.status,
    headers: {
      "content-type": "application/problem+json; charset=utf-8",
      "content-language": document.language,
      ...(wait === undefined ? {} : { "retry-after": String(wait) }),
    },
    body: JSON.stringify(document),
  };
}

/**
 * Builds the problem document of a refusal. `instance` identifies this occurrence; `status` replaces the usual one where a
 * standard requires another.
 */
export function problemOf(
  code: RefusalCode,
  more: { detail: string; instance: string; language: Language; triesLeft?: number; status?: number },
): Problem {
  const { status, what, next } = refusals[code];
  return {
    type: `urn:kazasu:problem:${code.toLowerCase().replaceAll("_", "-")}`,
    title: what[more.language],
    status,
    code,
    message: what,
    next,
    ...more,
  };
}
