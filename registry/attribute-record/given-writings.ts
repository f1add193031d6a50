import * as z from "zod";
import { attributeName } from "../../protocol/names.ts";

const place = z.object({ version: z.number().int(), writing: z.number().int() });
const stored = place.extend({ kept: z.partialRecord(attributeName, place).default({}) });

/** One writing of one version of a person's attribute record. */
export type Place = z.infer<typeof place>;

/**
 * The writings of the attribute record that a party was given: one writing of all attributes, except for attributes that it has
 * from another one: an earlier equivalent one, or a later one that was disclosed with the consent itself.
 */
export type GivenWritings = z.infer<typeof stored>;

/** Parses the column; if absent, or of another version, it is the first writing of the disclosed version. */
export function givenWritings(column: unknown, version: number): GivenWritings {
  const given = column === null ? undefined : stored.parse(column);
  return given?.version === version ? given : { version, writing: 0, kept: {} };
}
