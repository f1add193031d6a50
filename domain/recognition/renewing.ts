import type { AttributeName } from "../../protocol/names.ts";
import {
  addAttributeRecord,
  lockPerson,
  type RecordAttributes,
  type RecordProof,
} from "../../registry/attribute-record/records.ts";
import { addWriting, readWritings, writeAdditions } from "../../registry/attribute-record/writings.ts";
import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { additionsAmong, learn } from "./attribute-record.ts";

/** The record after a proof. */
export interface RenewedRecord {
  version: number;
  writing: number;
  /** What a clerk would call changed. */
  changed: AttributeName[];
  /** The version is new: parties are notified of it once the person has confirmed. */
  isNewVersion: boolean;
}

/**
 * Stores the attributes proven by the card or J-LIS: a new version if parties are to be notified, a new writing of the version
 * if only the writing differs, otherwise nothing (attribute-record.ts).
 */
export async function renewAttributeRecord(
  connection: Connection,
  sealer: Sealer,
  { personId, proven, proof }: { personId: string; proven: Partial<RecordAttributes>; proof: RecordProof },
): Promise<RenewedRecord> {
  await lockPerson(connection, personId);
  const writings = await readWritings(connection, sealer, personId);
  const { version, writing } = writings.at(-1) ?? { version: 0, writing: 0 };
  const { attributes, step, changed } = learn(
    writings.map((known) => known.attributes),
    proven,
  );
  if (step === "nothing") return { version, writing, changed, isNewVersion: false };
  const isNewVersion = step === "version";
  const next = isNewVersion ? { version: version + 1, writing: 0 } : { version, writing: writing + 1 };
  if (isNewVersion) {
    await addAttributeRecord(connection, sealer, {
      personId,
      version: next.version,
      attributes,
      changed,
      proof,
    });
  } else {
    await addWriting(connection, sealer, { personId, ...next, attributes, proof });
    await audit(connection, "writing-added", personId, { ...next, source: proof.source });
  }
  await addToWritings(connection, sealer, personId);
  return { ...next, changed, isNewVersion };
}

/** Adds to each writing what it gains from the newest one. */
async function addToWritings(connection: Connection, sealer: Sealer, personId: string): Promise<void> {
  const writings = await readWritings(connection, sealer, personId);
  const added = additionsAmong(writings.map(({ attributes }) => attributes));
  for (const [index, writing] of writings.entries()) {
    const additions = added[index] ?? {};
    if (Object.keys(additions).length > 0)
      await writeAdditions(connection, sealer, writing, { ...writing.additions, ...additions });
  }
}
