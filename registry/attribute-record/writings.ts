import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";
import type { Place } from "./given-writings.ts";
import {
  type AttributeRecord,
  additionsRow,
  openAttributeRecord,
  type RecordAttributes,
  type RecordProof,
  type RecordRow,
  recordRow,
} from "./records.ts";

/** Every writing of every version of a person's attribute record, up to a version, oldest first. */
export async function readWritings(
  connection: Connection,
  sealer: Sealer,
  personId: string,
  upTo?: number,
): Promise<AttributeRecord[]> {
  const { rows } = await connection.query<RecordRow>({
    name: "read-writings",
    text: `select version, 0 as writing, attributes, additions, source, created_at from anchors
           where person_id = $1 and ($2::integer is null or version <= $2)
           union all
           select version, writing, attributes, additions, source, created_at from anchor_writings
           where person_id = $1 and ($2::integer is null or version <= $2)
           order by version, writing`,
    values: [personId, upTo ?? null],
  });
  return rows.map((row) => openAttributeRecord(sealer, personId, row));
}

/**
 * Adds the next writing of a version of a person's attribute record. The caller has compared it with the others and holds the
 * person's lock ({@link lockPerson}).
 */
export async function addWriting(
  connection: Connection,
  sealer: Sealer,
  record: {
    personId: string;
    version: number;
    writing: number;
    attributes: RecordAttributes;
    proof: RecordProof;
  },
): Promise<void> {
  const { personId, version, writing, attributes, proof } = record;
  const row = recordRow(personId, version, writing);
  await connection.query({
    name: "add-writing",
    text: `insert into anchor_writings (person_id, version, writing, attributes, source, evidence_id, register_answer)
           values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [
      personId,
      version,
      writing,
      sealer.seal(Buffer.from(JSON.stringify(attributes)), row),
      proof.source,
      proof.source === "card" ? proof.evidenceId : null,
      proof.source === "j-lis" ? sealer.seal(proof.answer, `${row}/register-answer`) : null,
    ],
  });
}

/** Stores what later writings have added to one. What was proven is unchanged. */
export async function writeAdditions(
  connection: Connection,
  sealer: Sealer,
  { personId, version, writing }: Pick<AttributeRecord, "personId" | "version" | "writing">,
  additions: Partial<RecordAttributes>,
): Promise<void> {
  const sealed = sealer.seal(
    Buffer.from(JSON.stringify(additions)),
    additionsRow(personId, version, writing),
  );
  await (writing === 0
    ? connection.query({
        name: "write-additions",
        text: "update anchors set additions = $3 where person_id = $1 and version = $2",
        values: [personId, version, sealed],
      })
    : connection.query({
        name: "write-writing-additions",
        text: "update anchor_writings set additions = $4 where person_id = $1 and version = $2 and writing = $3",
        values: [personId, version, writing, sealed],
      }));
}

/** The newest version of a person's attribute record, and its newest writing. */
export async function newestPlace(connection: Connection, personId: string): Promise<Place | undefined> {
  return first(
    await connection.query<Place>({
      name: "newest-place",
      text: `select version, 0 as writing from anchors where person_id = $1
             union all select version, writing from anchor_writings where person_id = $1
             order by version desc, writing desc limit 1`,
      values: [personId],
    }),
  );
}
