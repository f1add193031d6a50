import type { AttributeName } from "../../protocol/names.ts";
import { type GivenWritings, givenWritings } from "../attribute-record/given-writings.ts";
import { type Connection, first } from "../database.ts";
import { isInForce } from "./in-force.ts";

/** What a party may receive of a person, by the row of the consent. */
export interface Disclosure {
  consentId: string;
  personId: string;
  partyId: string;
  attributes: AttributeName[];
  /** Not withdrawn, not expired, and within its term at the given time. */
  inForce: boolean;
  /** The newest version of the attribute record the party may read, and the newest the person has decided about. */
  disclosedVersion: number;
  settledVersion: number;
  /** The writings of the disclosed version, and of earlier ones, that the party was given. */
  given: GivenWritings;
}

type Row = Omit<Disclosure, "given"> & { writings: unknown };

const disclosureOf = ({ writings, ...row }: Row): Disclosure => ({
  ...row,
  given: givenWritings(writings, row.disclosedVersion),
});

const columns = `c.id as "consentId", c.person_id as "personId", c.party_id as "partyId", c.attributes,
  ${isInForce("c", "$2")} as "inForce",
  c.disclosed_version as "disclosedVersion", c.settled_version as "settledVersion", c.disclosed_writings as writings`;

/** Constraints guarantee a party and both versions in rows of this kind. */
const isDisclosure = `c.kind = 'disclosure' and c.party_id is not null
  and c.disclosed_version is not null and c.settled_version is not null`;

const locking = {
  update: `select ${columns} from consents c where c.id = $1 and ${isDisclosure} for update`,
  share: `select ${columns} from consents c where c.id = $1 and ${isDisclosure} for share`,
};

/**
 * Reads a disclosure consent and locks its row until the transaction ends: `update` to change its versions, `share` to act on
 * its being in force. It is the first locked row of any notification transaction.
 */
export async function lockDisclosure(
  connection: Connection,
  consentId: string,
  mode: "update" | "share",
  now: Date,
): Promise<Disclosure | undefined> {
  const row = first(
    await connection.query<Row>({
      name: `lock-disclosure-${mode}`,
      text: locking[mode],
      values: [consentId, now],
    }),
  );
  return row && disclosureOf(row);
}

/** A person's consent in force for a party, its row locked as above; `undefined` if there is none. */
export async function lockDisclosureTo(
  connection: Connection,
  { personId, partyId, now }: { personId: string; partyId: string; now: Date },
): Promise<Disclosure | undefined> {
  const row = first(
    await connection.query<Row>({
      name: "lock-disclosure-to",
      text: `select ${columns} from consents c
             where c.person_id = $1 and c.party_id = $3 and ${isDisclosure} and ${isInForce("c", "$2")}
             for share`,
      values: [personId, now, partyId],
    }),
  );
  return row && disclosureOf(row);
}

/** The person has decided on a version: the party may read what it is `given`, if anything. Versions never decrease. */
export async function settleDisclosure(
  connection: Connection,
  consentId: string,
  version: number,
  given: GivenWritings | undefined,
): Promise<void> {
  await connection.query({
    name: "settle-disclosure",
    text: `update consents set settled_version = greatest(settled_version, $2),
             disclosed_version = case when $3::jsonb is null then disclosed_version else greatest(disclosed_version, $2) end,
             disclosed_writings = case when $3::jsonb is null or disclosed_version >= $2 then disclosed_writings else $3 end
           where id = $1`,
    values: [consentId, version, given ? JSON.stringify(given) : null],
  });
}

/** The party may read these writings of what was disclosed; the versions are unchanged. The caller holds the row's lock. */
export async function giveWritings(
  connection: Connection,
  consentId: string,
  given: GivenWritings,
): Promise<void> {
  await connection.query({
    name: "give-writings",
    text: "update consents set disclosed_writings = $2 where id = $1",
    values: [consentId, JSON.stringify(given)],
  });
}

/** Whether the party of a disclosure had an earlier one of this person. */
export async function hadDisclosure(
  connection: Connection,
  { id, personId, partyId }: { id: string; personId: string; partyId: string | null },
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "had-disclosure",
    text: `select 1 from consents where person_id = $2 and party_id = $3 and kind = 'disclosure' and id <> $1 limit 1`,
    values: [id, personId, partyId],
  });
  return rowCount === 1;
}
