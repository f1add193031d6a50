import { type Sealed, sealed } from "../../protocol/application.ts";
import { newPhoneNoticeMs } from "../../protocol/freeze.ts";
import { lockText } from "../advisory-locks.ts";
import { type Connection, first } from "../database.ts";

export type EnrolmentState = "applied" | "active" | "superseded" | "revoked" | "ended";

export interface Enrolment {
  id: string;
  personId: string;
  partyId: string;
  appId: string;
  pseudonym: string;
  spkiSha256: string;
  state: EnrolmentState;
  replaces?: string;
  binding?: string;
  codeMac?: Buffer;
  sealedCode?: Sealed;
  endedWhy?: string;
}

interface Row {
  id: string;
  person_id: string;
  party_id: string;
  app_id: string;
  pseudonym: string;
  spki_sha256: string;
  state: EnrolmentState;
  replaces: string | null;
  binding: string | null;
  code_mac: Buffer | null;
  sealed_code: unknown;
  ended_why: string | null;
}

const columns = `e.id, e.person_id, e.party_id, e.app_id, e.pseudonym, e.spki_sha256, e.state, e.replaces, e.binding,
  e.code_mac, e.sealed_code, e.ended_why`;

const fromRow = (row: Row): Enrolment => ({
  id: row.id,
  personId: row.person_id,
  partyId: row.party_id,
  appId: row.app_id,
  pseudonym: row.pseudonym,
  spkiSha256: row.spki_sha256,
  state: row.state,
  ...(row.replaces ? { replaces: row.replaces } : {}),
  ...(row.binding ? { binding: row.binding } : {}),
  ...(row.code_mac ? { codeMac: row.code_mac } : {}),
  ...(row.sealed_code === null ? {} : { sealedCode: sealed.parse(row.sealed_code) }),
  ...(row.ended_why ? { endedWhy: row.ended_why } : {}),
});

export async function findEnrolment(connection: Connection, id: string): Promise<Enrolment | undefined> {
  const row = first(
    await connection.query<Row>({
      name: "find-enrolment",
      text: `select ${columns} from enrolments e where e.id = $1`,
      values: [id],
    }),
  );
  return row && fromRow(row);
}

/** Of enrolment `e` and its certificate `c`: active, valid at `$2` and unrevoked. */
export const goodCertificate = `e.state = 'active' and c.not_before <= $2 and c.not_after >= $2
               and not exists (select 1 from revocations r where r.serial = c.serial)`;

/** An active enrolment with a valid, unrevoked certificate, and that certificate (DER). */
export async function findGoodEnrolment(
  connection: Connection,
  id: string,
  now: Date,
): Promise<{ enrolment: Enrolment; der: Buffer } | undefined> {
  const row = first(
    await connection.query<Row & { der: Buffer }>({
      name: "find-good-enrolment",
      text: `select ${columns}, c.der from enrolments e join certificates c on c.enrolment_id = e.id
             where e.id = $1 and ${goodCertificate}`,
      values: [id, now],
    }),
  );
  return row && { enrolment: fromRow(row), der: row.der };
}

/**
 * A replaced enrolment and its last certificate (DER), while its phone is asked, or is to be asked, about another one. Not one
 * that was stopped, nor one whose key was reported as compromised.
 */
export async function findFormerEnrolment(
  connection: Connection,
  id: string,
  now: Date,
): Promise<{ enrolment: Enrolment; der: Buffer } | undefined> {
  const row = first(
    await connection.query<Row & { der: Buffer }>({
      name: "find-former-enrolment",
      text: `select ${columns}, c.der from enrolments e join certificates c on c.enrolment_id = e.id
             where e.id = $1 and e.state = 'superseded'
               and exists (select 1 from certificate_notices n where n.enrolment_id = e.id
                           and n.kind = 'new-phone' and greatest(n.due_at, n.told_at) > $2)
               and not exists (select 1 from frozen_enrolments f where f.enrolment_id = e.id)
               and not exists (select 1 from blocked_keys b where b.spki_sha256 = e.spki_sha256)`,
      values: [id, new Date(now.getTime() - newPhoneNoticeMs)],
    }),
  );
  return row && { enrolment: fromRow(row), der: row.der };
}

/** Like {@link findEnrolment}, and locks the row until the transaction ends. */
export async function lockEnrolment(connection: Connection, id: string): Promise<Enrolment | undefined> {
  const row = first(
    await connection.query<Row>({
      name: "lock-enrolment",
      text: `select ${columns} from enrolments e where e.id = $1 for update`,
      values: [id],
    }),
  );
  return row && fromRow(row);
}

/** The person's pseudonym at a party: the same in every enrolment there. */
export async function pseudonymOf(
  connection: Connection,
  personId: string,
  partyId: string,
): Promise<string | undefined> {
  return first(
    await connection.query<{ pseudonym: string }>({
      name: "pseudonym-of",
      text: "select pseudonym from enrolments where person_id = $1 and party_id = $2 limit 1",
      values: [personId, partyId],
    }),
  )?.pseudonym;
}

/** The person's enrolments at a party with a good certificate, newest first. */
export async function activeEnrolments(
  connection: Connection,
  personId: string,
  partyId: string,
): Promise<Enrolment[]> {
  const { rows } = await connection.query<Row>({
    name: "active-enrolments",
    text: `select ${columns} from enrolments e
           where e.person_id = $1 and e.party_id = $2 and e.state = 'active' order by e.created_at desc`,
    values: [personId, partyId],
  });
  return rows.map(fromRow);
}

/** Whether another enrolment that succeeds the same one has a certificate, or a pending one. */
export async function hasRival(
  connection: Connection,
  { id, replaces }: { id: string; replaces: string },
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "has-rival",
    text: `select 1 from enrolments e join issuance_intents i on i.enrolment_id = e.id
           where e.replaces = $1 and e.id <> $2 and e.state <> 'ended' limit 1`,
    values: [replaces, id],
  });
  return rowCount === 1;
}

export async function addEnrolment(connection: Connection, enrolment: Enrolment): Promise<void> {
  await connection.query({
    name: "add-enrolment",
    text: `insert into enrolments (id, person_id, party_id, app_id, pseudonym, spki_sha256, state, replaces, binding, code_mac, sealed_code)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    values: [
      enrolment.id,
      enrolment.personId,
      enrolment.partyId,
      enrolment.appId,
      enrolment.pseudonym,
      enrolment.spkiSha256,
      enrolment.state,
      enrolment.replaces ?? null,
      enrolment.binding ?? null,
      enrolment.codeMac ?? null,
      enrolment.sealedCode ? JSON.stringify(enrolment.sealedCode) : null,
    ],
  });
}

/** The certificate is issued: activates the enrolment, with the bindings of its predecessor. */
export async function activateEnrolment(connection: Connection, id: string): Promise<void> {
  await connection.query({
    name: "activate-enrolment",
    text: `update enrolments e set state = 'active',
             binding = coalesce(e.binding, (select p.binding from enrolments p where p.id = e.replaces))
           where e.id = $1 and e.state = 'applied'`,
    values: [id],
  });
}

/** Ends an enrolment in one of its closing states; one that has already ended is unchanged. */
export async function endEnrolment(
  connection: Connection,
  id: string,
  state: Extract<EnrolmentState, "superseded" | "revoked" | "ended">,
  why: string,
): Promise<void> {
  const from = state === "ended" ? "applied" : "active";
  await connection.query(
    "update enrolments set state = $2, ended_why = $3, sealed_code = null, binding = case when $2 = 'superseded' then null else binding end where id = $1 and state = $4",
    [id, state, why, from],
  );
}

/** The person's active or pending enrolments, or one of them, locked newest first, in the order of an issuance. */
export async function lockOpenEnrolments(
  connection: Connection,
  personId: string,
  enrolmentId?: string,
): Promise<{ id: string; state: "applied" | "active" }[]> {
  const { rows } = await connection.query<{ id: string; state: "applied" | "active" }>(
    `select id, state from enrolments
     where person_id = $1 and ($2::uuid is null or id = $2) and state in ('applied', 'active')
     order by created_at desc, id for update`,
    [personId, enrolmentId ?? null],
  );
  return rows;
}

/**
 * Whether the key belongs to another enrolment: one that has ever had a certificate, or any at another party. Locks the key
 * until the transaction ends, so that of two concurrent checks not both return false.
 */
export async function isKeyTaken(
  connection: Connection,
  { id, partyId, spkiSha256 }: Pick<Enrolment, "id" | "partyId" | "spkiSha256">,
): Promise<boolean> {
  await lockText(connection, "deviceKey", spkiSha256);
  const { rows } = await connection.query({
    name: "is-key-taken",
    text: `select 1 from enrolments where spki_sha256 = $1 and id <> $2
             and (party_id <> $3 or state in ('active', 'superseded', 'revoked')) limit 1`,
    values: [spkiSha256, id, partyId],
  });
  return rows.length > 0;
}
