import * as z from "zod";
import { malformed } from "../../domain/refusal.ts";

/** Rows of one page. */
export const limit = z.coerce.number().int().min(1).max(200).default(50);

/** A cursor of time and id from an earlier page. */
export const timeCursor = z
  .string()
  .max(200)
  .regex(/^\d{1,18}_[\w-]+$/)
  .transform((text) => ({ micros: text.slice(0, text.indexOf("_")), id: text.slice(text.indexOf("_") + 1) }));

/** A cursor that is a position. */
export const position = z.string().regex(/^\d{1,18}$/);

/** Reads a query, body or path. @throws Refusal MALFORMED_REQUEST */
export function read<T extends z.ZodType>(shape: T, given: unknown): z.output<T> {
  const parsed = shape.safeParse(given);
  if (!parsed.success) throw malformed("The request has another shape", parsed.error);
  return parsed.data;
}
