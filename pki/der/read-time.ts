import type { Cursor } from "./cursor.ts";
import { tags } from "./tags.ts";
import { generalizedTime, preciseTime, utcTime } from "./time.ts";

/**
 * Time in certificates and CRLs (RFC 5280 §4.1.2.5): UTCTime through 2049 or GeneralizedTime, with seconds, in Zulu, without
 * fractions.
 * @throws NotDer for another form (no zone, or an offset) and for dates and times that do not exist
 */
export function readTime(cursor: Cursor): Date {
  if (cursor.tag === tags.utcTime) return utcTime(cursor.content(tags.utcTime));
  return generalizedTime(cursor.content(tags.generalizedTime));
}

/** GeneralizedTime in OCSP (RFC 6960 §4.2.2.1): in Zulu, without fractions. @throws NotDer */
export const readGeneralizedTime = (cursor: Cursor, tag: number = tags.generalizedTime): Date =>
  generalizedTime(cursor.content(tag));

/** GeneralizedTime in a time-stamp (RFC 3161 §2.4.2): optionally with a fraction, without trailing zeros. @throws NotDer */
export const readPreciseTime = (cursor: Cursor): Date => preciseTime(cursor.content(tags.generalizedTime));
