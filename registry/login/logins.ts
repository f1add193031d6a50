import type { IssuerName } from "../../protocol/issuer.ts";
import type { Assurance, LoginVia } from "../../protocol/login.ts";
import { lockText } from "../advisory-locks.ts";
import { type Connection, first } from "../database.ts";
import type { EnrolmentState } from "../issuance/enrolments.ts";
import type { Sealer } from "../sealing.ts";

export type LoginState = "open" | "approved" | "declined" | "refused" | "finished";

export interface Login {
  id: string;
  channel: "browser" | "backchannel";
  /** The interaction of a browser, or the authentication request of a server; null until it is known. */
  requestId: string | null;
  partyId: string;
  clientId: string;
  /** The issuer of its client. */
  issuer: IssuerName;
  personId: string | null;
  acr: Assurance;
  /** The text shown for it, sealed: {@link openShown}. */
  sealedShown: Buffer;
  shownSha256: string;
  number: number;
  decoys: number[];
  state: LoginState;
  via: LoginVia | null;
  enrolmentId: string | null;
  answerDigest: string | null;
  completionSha256: Buffer | null;
  createdAt: Date;
  expiresAt: Date;
  answeredAt: Date | null;
  /** The transaction to be signed with the login. */
  transactionId: string | null;
}

export type NewLogin = Pick<
  Login,
  | "id"
  | "channel"
  | "requestId"
  | "partyId"
  | "clientId"
  | "personId"
  | "acr"
  | "shownSha256"
  | "number"
  | "decoys"
  | "createdAt"
  | "expiresAt"
  | "transactionId"
> & { shown: string };

export const loginColumns = `l.id, l.channel, l.request_id as "requestId", l.party_id as "partyId", l.client_id as "clientId",
  c.issuer, l.person_id as "personId", l.acr, l.shown as "sealedShown", l.shown_sha256 as "shownSha256", l.number,
  l.decoys, l.state, l.via, l.enrolment_id as "enrolmentId", l.answer_digest as "answerDigest",
  l.completion_sha256 as "completionSha256", l.created_at as "createdAt", l.expires_at as "expiresAt",
  l.answered_at as "answeredAt", l.transaction_id as "transactionId"`;

/** Logins, each with the issuer of its client. */
export const loginsWithIssuer = "logins l join party_clients c on c.id = l.client_id";

/**
 * Commits without waiting for the disk. If Postgres crashes within a second, such a write may be lost; but then the browser's
 * interaction and the back channel's request, which are in an unlogged table, are lost as well, and the login cannot continue.
 */
const committedLater = "returning set_config('synchronous_commit', 'off', true) as committed";

const shownRow = (id: string): string => `logins/${id}/shown`;

/** Each new login deletes some that ended a day ago: their tokens have all expired. */
const sweep = `with ended as (select id from logins where expires_at < $13::timestamptz - interval '1 day' limit 100 for update skip locked),
                 swept as (delete from logins l using ended e where l.id = e.id)`;

export async function addLogin(connection: Connection, sealer: Sealer, login: NewLogin): Promise<void> {
  const l = login;
  await connection.query<{ committed: string }>({
    name: "add-login",
    text: `${sweep} insert into logins (id, channel, request_id, party_id, client_id, person_id, acr, shown,
             shown_sha256, number, decoys, expires_at, created_at, transaction_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ${committedLater}`,
    values: [
      l.id,
      l.channel,
      l.requestId,
      l.partyId,
      l.clientId,
      l.personId,
      l.acr,
      sealer.seal(Buffer.from(l.shown), shownRow(l.id)),
      l.shownSha256,
      l.number,
      l.decoys,
      l.expiresAt,
      l.createdAt,
      l.transactionId,
    ],
  });
}

export async function findLogin(connection: Connection, id: string): Promise<Login | undefined> {
  return first(
    await connection.query<Login>({
      name: "find-login",
      text: `select ${loginColumns} from ${loginsWithIssuer} where l.id = $1`,
      values: [id],
    }),
  );
}

/**
 * Like {@link findLogin}, with the state of the enrolment that answers; locks both rows, the login first, until the transaction
 * ends.
 */
export async function lockLogin(
  connection: Connection,
  id: string,
  enrolmentId: string,
): Promise<(Login & { enrolmentState: EnrolmentState }) | undefined> {
  return first(
    await connection.query<Login & { enrolmentState: EnrolmentState }>({
      name: "lock-login",
      text: `select ${loginColumns}, answering.state as "enrolmentState"
             from ${loginsWithIssuer} join enrolments answering on answering.id = $2
             where l.id = $1 for update of l, answering`,
      values: [id, enrolmentId],
    }),
  );
}

/** The newest login of an interaction or a backchannel request. */
export async function newestLoginOf(connection: Connection, requestId: string): Promise<Login | undefined> {
  return first(
    await connection.query<Login>({
      name: "newest-login-of",
      text: `select ${loginColumns} from ${loginsWithIssuer} where l.request_id = $1 order by l.created_at desc limit 1`,
      values: [requestId],
    }),
  );
}

/** The text shown for a login. */
export const openShown = (sealer: Sealer, { id, sealedShown }: Pick<Login, "id" | "sealedShown">): string =>
  sealer.open(sealedShown, shownRow(id)).toString();

/** Sets the backchannel request of a login that was created before it. */
export async function noteRequest(connection: Connection, id: string, requestId: string): Promise<void> {
  await connection.query({
    name: "note-login-request",
    text: "update logins set request_id = $2 where id = $1 and request_id is null",
    values: [id, requestId],
  });
}

export interface Decided {
  /** `card` if the card has signed. */
  acr: Assurance;
  state: "approved" | "declined" | "refused";
  via: LoginVia;
  enrolmentId: string;
  personId: string;
  answerDigest: string;
  completionSha256: Buffer | null;
  answeredAt: Date;
}

/** Stores the answer to an open login whose row is locked. */
export async function decideLogin(connection: Connection, id: string, decided: Decided): Promise<void> {
  const d = decided;
  const { rowCount } = await connection.query({
    name: "decide-login",
    text: `update logins set state = $2, via = $3, enrolment_id = $4, person_id = $5, answer_digest = $6,
             completion_sha256 = $7, answered_at = $8, acr = $9
           where id = $1 and state = 'open'`,
    values: [
      id,
      d.state,
      d.via,
      d.enrolmentId,
      d.personId,
      d.answerDigest,
      d.completionSha256,
      d.answeredAt,
      d.acr,
    ],
  });
  if (rowCount !== 1) throw new Error("A login was decided without locking its row.");
}

/** Hands an approved login over to the party: true once. */
export async function finishLogin(connection: Connection, id: string): Promise<boolean> {
  const { rowCount } = await connection.query<{ committed: string }>({
    name: "finish-login",
    text: `update logins set state = 'finished' where id = $1 and state = 'approved' ${committedLater}`,
    values: [id],
  });
  return rowCount === 1;
}

/** The number of an enrolment's failed logins since a given time: a wrong number was chosen. */
export async function failedLogins(
  connection: Connection,
  enrolmentId: string,
  since: Date,
): Promise<number> {
  const row = first(
    await connection.query<{ count: string }>({
      name: "failed-logins",
      text: "select count(*) from logins where enrolment_id = $1 and state = 'refused' and answered_at > $2",
      values: [enrolmentId, since],
    }),
  );
  return Number(row?.count);
}

/** Logins that one party's servers requested of a person and that were not approved, newest first; serialises the requests. */
export async function backchannelLoad(
  connection: Connection,
  { personId, partyId, since, now }: { personId: string; partyId: string; since: Date; now: Date },
): Promise<{ createdAt: Date; isOpen: boolean }[]> {
  await lockText(connection, "backchannelPerson", personId);
  const { rows } = await connection.query<{ createdAt: Date; isOpen: boolean }>({
    name: "backchannel-load",
    text: `select created_at as "createdAt", state = 'open' and expires_at > $3 as "isOpen"
           from logins
           where person_id = $1 and party_id = $4 and channel = 'backchannel' and created_at > $2
             and state in ('open', 'declined', 'refused')
           order by created_at desc limit 200`,
    values: [personId, since, now, partyId],
  });
  return rows;
}

/** A person's open logins at a party that a server requested, as shown in an inbox. */
export async function openBackchannelLogins(
  connection: Connection,
  { personId, partyId }: { personId: string; partyId: string },
  now: Date,
): Promise<{ id: string; expiresAt: Date }[]> {
  const { rows } = await connection.query<{ id: string; expiresAt: Date }>({
    name: "open-backchannel-logins",
    text: `select id, expires_at as "expiresAt" from logins
           where person_id = $1 and party_id = $2 and channel = 'backchannel' and state = 'open' and expires_at > $3
           order by created_at desc limit 8`,
    values: [personId, partyId, now],
  });
  return rows;
}
