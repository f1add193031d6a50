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

/**
 * Writes the next version of a person's anchor. The caller has compared it with the newest and holds the person
 * ({@link lockPerson}).
 */
export async function addAnchor(
  connection: Connection,
  sealer: Sealer,
  anchor: {
    personId: string;
    version: number;
    attributes: AnchorAttributes;
    /** Names of the attributes that differ from the version before. */
    changed: string[];
    proof: { source: "card"; evidenceId: string } | { source: "j-lis"; answer: Uint8Array };
  },
): Promise<void> {
  const { personId, version, attributes, changed, proof } = anchor;
  const row = anchorRow(personId, version);
  await connection.query({
    name: "add-anchor",
    text: `insert into anchors (person_id, version, attributes, source, evidence_id, register_answer, changed)
           values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [
      personId,
      version,
      sealer.seal(Buffer.from(JSON.stringify(attributes)), row),
      proof.source,
      proof.source === "card" ? proof.evidenceId : null,
      proof.source === "j-lis" ? sealer.seal(proof.answer, `${row}/register-answer`) : null,
      changed,
    ],
  });
}

/** Serialises what writes a person's anchor, until the transaction ends. */
export async function lockPerson(connection: Connection, personId: string): Promise<void> {
  await connection.query({
    name: "lock-person",
    text: "select 1 from persons where id = $1 for update",
    values: [personId],
  });
}
