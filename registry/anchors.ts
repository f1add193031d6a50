import { z } from "zod";
import { type Connection, first } from "./database.ts";
import type { Sealer } from "./sealing.ts";

/**
 * The attributes of a person as last proven, by the card or by J-LIS. The raw strings are the authority; flags say,
 * for each character, where the certificate holds a substitute.
 */
export const anchorAttributes = z.object({
  name: z.string(),
  nameSubstitution: z.string(),
  sex: z.enum(["male", "female", "unknown"]),
  /** `EYYYYMMDD`, zeros where unknown. */
  dateOfBirth: z.preprocess(
    (value) => (typeof value === "object" && value !== null && "raw" in value ? value.raw : value),
    z.string(),
  ),
  address: z.string(),
  addressSubstitution: z.string(),
  /** What J-LIS may add and the certificate never has. */
  furigana: z.string().optional(),
  formerName: z.string().optional(),
  movedAbroad: z.object({ plannedDate: z.string() }).optional(),
});
export type AnchorAttributes = z.infer<typeof anchorAttributes>;

export interface Anchor {
  personId: string;
  version: number;
  attributes: AnchorAttributes;
  source: "card" | "j-lis";
  provenAt: Date;
}

interface Row {
  version: number;
  attributes: Buffer;
  source: Anchor["source"];
  created_at: Date;
}

/** A version of the person's anchor, the newest by default; `undefined` when there is none. */
export async function readAnchor(
  connection: Connection,
  sealer: Sealer,
  personId: string,
  version?: number,
): Promise<Anchor | undefined> {
  const row = first(
    await connection.query<Row>({
      name: "read-anchor",
      text: `select version, attributes, source, created_at from anchors
             where person_id = $1 and ($2::integer is null or version = $2) order by version desc limit 1`,
      values: [personId, version ?? null],
    }),
  );
  if (!row) return undefined;
  const opened = sealer.open(row.attributes, anchorRow(personId, row.version)).toString();
  return {
    personId,
    version: row.version,
    attributes: anchorAttributes.parse(JSON.parse(opened)),
    source: row.source,
    provenAt: row.created_at,
  };
}

/** What an anchor's attributes are sealed under: person and version. */
export const anchorRow = (personId: string, version: number): string => `anchors/${personId}/${version}`;
