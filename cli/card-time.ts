import * as z from "zod";
import { QuestionError } from "./card-question.ts";

/** A time, and the zone it was given in: `Z`, or an offset such as `+09:00`. */
export interface ZonedTime {
  at: Date;
  zone: string;
}

/** Japan has had no other offset since 1951: used for a date without a time. */
const japan = "+09:00";

const advice =
  "Use for example 2026-06-01T09:00:00+09:00 or 2026-06-01T00:00:00Z; a date alone is its start in Japan (+09:00).";

/**
 * Parses the time in `--at` (RFC 3339): with its zone, or a date alone, which is its start in Japan. A time without a zone
 * would differ between machines. Throws {@link QuestionError}, also for a day that does not exist.
 */
export function readTime(text: string): ZonedTime {
  if (z.iso.date().safeParse(text).success) return { at: new Date(`${text}T00:00:00${japan}`), zone: japan };
  // Seconds are optional in ISO 8601.
  const full = text.replace(/T\d\d:\d\d(?=$|[Z+-])/, "$&:00");
  if (z.iso.datetime({ offset: true }).safeParse(full).success) {
    return { at: new Date(full), zone: /[+-]\d\d:\d\d$/.exec(full)?.[0] ?? "Z" };
  }
  if (z.iso.datetime({ local: true }).safeParse(full).success) {
    throw new QuestionError(`--at ${text} has no zone. ${advice}`);
  }
  const why = /^\d{4}-\d\d-\d\d/.test(text) ? "is not an existing date and time" : "is not an ISO 8601 time";
  throw new QuestionError(`--at ${text} ${why}. ${advice}`);
}

/** The time as given, and in UTC if that differs. */
export function timeText({ at, zone }: ZonedTime): string {
  const utc = `${withoutFraction(at)}Z (UTC)`;
  if (zone === "Z") return utc;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  const offsetMs = (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  const local = `${withoutFraction(new Date(at.getTime() + offsetMs))}${zone}`;
  return `${local}${zone === japan ? " (JST)" : ""}, ${utc}`;
}

const withoutFraction = (date: Date): string => date.toISOString().replace(/(?:\.000)?Z$/, "");
