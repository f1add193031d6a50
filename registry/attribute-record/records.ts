import { z } from "zod";
import type { AttributeName } from "../../protocol/names.ts";
import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";

/**
 * A person's attributes as last proven, by the card or by J-LIS. The raw strings are authoritative; flags mark each character
 * for which the certificate has a substitute.
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
  /** Only J-LIS supplies it; no certificate has it. */
  furigana: z.string().optional(),
  formerName: z.string().optional(),
  movedAbroad: z.object({ plannedDate: z.string() }).optional(),
});
export type RecordAttributes = z.infer<typeof recordAttributes>;

/** The members that belong to each of the four attributes. */
export const membersOf: Record<AttributeName, readonly (keyof RecordAttributes)[]> = {
  name: ["name", "nameSubstitution", "furigana", "formerName"],
  address: ["address", "addressSubstitution", "movedAbroad"],
  dateOfBirth: ["dateOfBirth"],
  sex: ["sex"],
};

export interface AttributeRecord {
  personId: string;
  version: number;
  /** The number of the writing within its version: 0 is the first. */
  writing: number;
  /** As proven, completed with what later writings have added. */
  attributes: RecordAttributes;
  /** The additions alone: furigana, and characters in place of substitutes. */
  additions: Partial<RecordAttributes>;
  source: "card" | "j-lis";
  provenAt: Date;
}

/** The proof of attributes: a signature of the card, or an answer of J-LIS, which is stored. */
export type RecordProof = { source: "card"; evidenceId: string } | { source: "j-lis"; answer: Uint8Array };

/** The row of a writing. */
export interface RecordRow {
  version: number;
  writing: number;
  attributes: Buffer;
  additions: Buffer | null;
  source: AttributeRecord["source"];
  created_at: Date;
}

/**
 * A version of the person's attribute record, the newest by default, in its newest writing up to `writing`; `undefined` if
 * there is none.
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

/** Decrypts a row. Throws if it was altered, or moved to another row. */
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

/** The additional data for sealing a record: person, version, and the writing unless it is the first. */
export const recordRow = (personId: string, version: number, writing = 0): string =>
  writing === 0 ? `anchors/${personId}/${version}` : `anchor_writings/${personId}/${version}/${writing}`;

/** The additional data for sealing the additions. */
export const additionsRow = (personId: string, version: number, writing: number): string =>
  `${recordRow(personId, version, writing)}/additions`;

/**
 * Adds the next version of a person's attribute record. The caller has compared it with the newest and holds the person's lock
 * ({@link lockPerson}).
 */
export async function addAttributeRecord(
  connection: Connection,
  sealer: Sealer,
  record: {
    personId: string;
    version: number;
    attributes: RecordAttributes;
    /** Names of the attributes that differ from the previous version. */
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

/** Serialises writes to a person's attribute record until the transaction ends. */
export async function lockPerson(connection: Connection, personId: string): Promise<void> {
  await connection.query({
    name: "lock-person",
    text: "select 1 from persons where id = $1 for update",
    values: [personId],
  });
}
