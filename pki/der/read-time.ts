import type { Cursor } from "./cursor.ts";
import { tags } from "./tags.ts";
import { generalizedTime, preciseTime, utcTime } from "./time.ts";

/**
 * Time as certificates and CRLs have it (RFC 5280 §4.1.2.5): UTCTime through 2049 or GeneralizedTime, with seconds, in
 * Zulu, without fractions.
 * @throws NotDer for another form (zone missing or given as an offset) and for dates and times that do not exist
 */
export function readTime(cursor: Cursor): Date {
  if (cursor.tag === tags.utcTime) return utcTime(cursor.content(tags.utcTime));
  return generalizedTime(cursor.content(tags.generalizedTime));
}

/** GeneralizedTime as OCSP has it (RFC 6960 §4.2.2.1): in Zulu, without fractions. @throws NotDer */
export const readGeneralizedTime = (cursor: Cursor, tag: number = tags.generalizedTime): Date =>
  generalizedTime(cursor.content(tag));

/** GeneralizedTime as a time-stamp has it (RFC 3161 §2.4.2): a fraction may follow, without trailing zeros. @throws NotDer */
export const readPreciseTime = (cursor: Cursor): Date => preciseTime(cursor.content(tags.generalizedTime));
