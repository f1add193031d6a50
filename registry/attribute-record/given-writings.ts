import * as z from "zod";
import { attributeName } from "../../protocol/names.ts";

const place = z.object({ version: z.number().int(), writing: z.number().int() });
const stored = place.extend({ kept: z.partialRecord(attributeName, place).default({}) });

/** One writing of one version of a person's attribute record. */
export type Place = z.infer<typeof place>;

/**
 * The writings of the attribute record that a party was given: one of all attributes, but for those it has from
 * another one: an earlier one that is no change, or a later one that it was given with the consent itself.
 */
export type GivenWritings = z.infer<typeof stored>;

/** Reads the column; what is absent, or of another version, is the first writing of the version that was disclosed. */
export function givenWritings(column: unknown, version: number): GivenWritings {
  const given = column === null ? undefined : stored.parse(column);
  return given?.version === version ? given : { version, writing: 0, kept: {} };
}
