import { type AttributeName, attributeName } from "../../protocol/names.ts";
import { type AttributeRead, addAttributeRead } from "../../registry/attribute-record/reads.ts";
import type { RecordAttributes } from "../../registry/attribute-record/records.ts";
import { audit } from "../../registry/audit/lines.ts";
import type { Disclosure } from "../../registry/consent/disclosures.ts";
import type { Connection } from "../../registry/database.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { readGiven } from "./given.ts";

export interface Disclosed {
  version: number;
  /** The day of the proof, as its start in Japan: the exact time would be the same at every party. */
  provenAt: Date;
  /** The requested attributes only. */
  attributes: Partial<RecordAttributes>;
}

/** What a party requests, and by which address. */
export interface Asked {
  names: readonly AttributeName[];
  way: AttributeRead["way"];
  /** Of which of the read values the answer says something; absent: all. */
  given?: (attributes: Partial<RecordAttributes>, provenAt: Date) => AttributeName[];
}

/**
 * The most lines per party, person and day in Japan. Further reads are counted on an existing line with the same content: no party
 * can fill the table, and every read is recorded.
 */
export const mostLinesOfDay = 24;

const attributesIn = (attributes: Partial<RecordAttributes>): AttributeName[] =>
  attributeName.options.filter((name) => attributes[name] !== undefined);

/**
 * Reads attributes under a consent in force, whose row is locked in this transaction, and writes one line for the person (what
 * was requested and what is disclosed) and one in the audit log. Attributes outside the consent are not read.
 */
export async function disclose(
  connection: Connection,
  { sealer, clock }: { sealer: Sealer; clock: () => Date },
  consent: Disclosure,
  { names, way, given: sent = attributesIn }: Asked,
): Promise<Disclosed> {
  const { consentId, personId, partyId, disclosedVersion: version, given } = consent;
  const covered = consent.attributes.filter((name) => names.includes(name));
  const held = await readGiven(connection, sealer, personId, given);
  const values = covered.map((name) => valuesOf(held.attributes, name));
  const attributes: Partial<RecordAttributes> = Object.assign({}, ...values);
  const provenAt = beginOfDay(held.provenAt);
  const disclosed = sent(attributes, provenAt);
  const line = {
    consentId,
    personId,
    partyId,
    version,
    attributes: disclosed,
    asked: [...names],
    way,
    readAt: clock(),
  };
  const read = await addAttributeRead(connection, line, mostLinesOfDay);
  if (covered.length > 0)
    await audit(connection, "attributes-disclosed", consentId, {
      partyId,
      version,
      read,
      attributes: disclosed.join(),
    });
  return { version, provenAt, attributes };
}

const japanMs = 9 * 3_600_000;
const dayMs = 86_400_000;

const beginOfDay = (time: Date): Date =>
  new Date(Math.floor((time.getTime() + japanMs) / dayMs) * dayMs - japanMs);

/** An attribute's value, with its substitution-character flags if it has any. */
function valuesOf(record: RecordAttributes, name: AttributeName): Partial<RecordAttributes> {
  const { nameSubstitution, addressSubstitution } = record;
  switch (name) {
    case "name":
      return {
        name: record.name,
        nameSubstitution,
        ...(record.furigana === undefined ? {} : { furigana: record.furigana }),
      };
    case "address":
      return { address: record.address, addressSubstitution };
    case "dateOfBirth":
      return { dateOfBirth: record.dateOfBirth };
    case "sex":
      return { sex: record.sex };
  }
}
