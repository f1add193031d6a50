import { z } from "zod";
import type { AttributeName } from "../../protocol/names.ts";
import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";

/**
 * The attributes of a person as last proven, by the card or by J-LIS. The raw strings are the authority; flags say,
 * for each character, where the certificate holds a substitute.
 */
export const recordAttributes = z.object({
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
export type RecordAttributes = z.infer<typeof recordAttributes>;

/** What belongs to each of the four attributes. */
export const membersOf: Record<AttributeName, readonly (keyof RecordAttributes)[]> = {
  name: ["name", "nameSubstitution", "furigana", "formerName"],
  address: ["address", "addressSubstitution", "movedAbroad"],
  dateOfBirth: ["dateOfBirth"],
  sex: ["sex"],
};

export interface AttributeRecord {
  personId: string;
  version: number;
  /** Which writing of the version: 0 is the one that made it. */
  writing: number;
  /** As proven, with what later writings have added. */
  attributes: RecordAttributes;
  /** Of these, what was added: furigana, and characters in place of substitutes. */
  additions: Partial<RecordAttributes>;
  source: "card" | "j-lis";
  provenAt: Date;
}

/** How anything proves attributes: a signature of the card, or an answer of J-LIS, which is kept. */
export type RecordProof = { source: "card"; evidenceId: string } | { source: "j-lis"; answer: Uint8Array };

/** A writing as its row has it. */
export interface RecordRow {
  version: number;
  writing: number;
  attributes: Buffer;
  additions: Buffer | null;
  source: AttributeRecord["source"];
  created_at: Date;
}

/**
 * A version of the person's attribute record, the newest by default, in its newest writing that is not newer than `writing`;
 * `undefined` when there is none.
 */
export async function readAttributeRecord(
  connection: Connection,
  sealer: Sealer,
  personId: string,
  version?: number,
  writing?: number,
): Promise<AttributeRecord | undefined> {
  const row = first(
    await connection.query<RecordRow>({
      name: "read-record",
      text: `select version, 0 as writing, attributes, additions, source, created_at from anchors
             where person_id = $1 and ($2::integer is null or version = $2)
             union all
             select version, writing, attributes, additions, source, created_at from anchor_writings
             where person_id = $1 and ($2::integer is null or version = $2) and ($3::integer is null or writing <= $3)
             order by version desc, writing desc limit 1`,
      values: [personId, version ?? null, writing ?? null],
    }),
  );
  return row && openAttributeRecord(sealer, personId, row);
}

/** Opens what a row holds. Throws when it was changed, or moved to another row. */
export function openAttributeRecord(sealer: Sealer, personId: string, row: RecordRow): AttributeRecord {
  const { version, writing, source, created_at: provenAt } = row;
  const opened = (sealed: Buffer, under: string): object => JSON.parse(sealer.open(sealed, under).toString());
  const attributes = opened(row.attributes, recordRow(personId, version, writing));
  const additions = row.additions
    ? (opened(row.additions, additionsRow(personId, version, writing)) as Partial<RecordAttributes>)
    : {};
  return {
    personId,
    version,
    writing,
    attributes: recordAttributes.parse({ ...attributes, ...additions }),
    additions,
    source,
    provenAt,
  };
}

/** What a record's attributes are sealed under: person, version, and the writing where it is not the first. */
export const recordRow = (personId: string, version: number, writing = 0): string =>
  writing === 0 ? `anchors/${personId}/${version}` : `anchor_writings/${personId}/${version}/${writing}`;

/** The same, of what was added since. */
export const additionsRow = (personId: string, version: number, writing: number): string =>
  `${recordRow(personId, version, writing)}/additions`;

/**
 * Writes the next version of a person's attribute record. The caller has compared it with the newest and holds the person
 * ({@link lockPerson}).
 */
export async function addAttributeRecord(
  connection: Connection,
  sealer: Sealer,
  record: {
    personId: string;
    version: number;
    attributes: RecordAttributes;
    /** Names of the attributes that differ from the version before. */
    changed: string[];
    proof: RecordProof;
  },
): Promise<void> {
  const { personId, version, attributes, changed, proof } = record;
  const row = recordRow(personId, version);
  await connection.query({
    name: "add-record",
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

/** Serialises what writes a person's attribute record, until the transaction ends. */
export async function lockPerson(connection: Connection, personId: string): Promise<void> {
  await connection.query({
    name: "lock-person",
    text: "select 1 from persons where id = $1 for update",
    values: [personId],
  });
}
