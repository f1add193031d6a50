import { createHash } from "node:crypto";
import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";

export type VisitAct = "log-in" | "grant-link";

/** One tap for the person page, begun in one browser. */
export interface Visit {
  id: string;
  act: VisitAct;
  shownSha256: string;
  askedPersonId: string | null;
  requestId: string | null;
  number: number;
  decoys: number[];
  state: "open" | "approved" | "refused" | "finished";
  via: "link" | "qr" | null;
  personId: string | null;
  answerDigest: string | null;
  completionSha256: Buffer | null;
  failures: number;
  createdAt: Date;
  expiresAt: Date;
  answeredAt: Date | null;
}

const columns = `id, act, shown_sha256 as "shownSha256", asked_person_id as "askedPersonId", request_id as "requestId",
  number, decoys, state, via, person_id as "personId", answer_digest as "answerDigest",
  completion_sha256 as "completionSha256", failures, created_at as "createdAt", expires_at as "expiresAt",
  answered_at as "answeredAt"`;

/** Only hashes of cookies are stored: read access to the tables is not enough to take over a browser's visit. */
const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();

export type NewVisit = Pick<
  Visit,
  | "id"
  | "act"
  | "shownSha256"
  | "askedPersonId"
  | "requestId"
  | "number"
  | "decoys"
  | "createdAt"
  | "expiresAt"
> & { shown: string; browserToken: string };

/** Each new visit deletes some that ended a day ago without an accepted card. */
export async function addVisit(connection: Connection, sealer: Sealer, visit: NewVisit): Promise<void> {
  const v = visit;
  await connection.query({
    name: "add-page-visit",
    text: `with ended as (select id from page_visits where expires_at < $10::timestamptz - interval '1 day'
             and person_id is null limit 100 for update skip locked),
             swept as (delete from page_visits p using ended e where p.id = e.id)
           insert into page_visits (id, act, browser_sha256, shown, shown_sha256, asked_person_id, request_id, number,
             decoys, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    values: [
      v.id,
      v.act,
      hashOf(v.browserToken),
      sealer.seal(Buffer.from(v.shown), `page_visits/${v.id}/shown`),
      v.shownSha256,
      v.askedPersonId,
      v.requestId,
      v.number,
      v.decoys,
      v.createdAt,
      v.expiresAt,
    ],
  });
}

/** Deletes a visit that waits for a card. */
export async function dropVisit(connection: Connection, id: string): Promise<void> {
  await connection.query({
    name: "drop-page-visit",
    text: "delete from page_visits where id = $1 and state = 'open'",
    values: [id],
  });
}

export async function findVisit(connection: Connection, id: string): Promise<Visit | undefined> {
  return first(
    await connection.query<Visit>({
      name: "find-page-visit",
      text: `select ${columns} from page_visits where id = $1`,
      values: [id],
    }),
  );
}

/** Like {@link findVisit}, and locks the row until the transaction ends. */
export async function lockVisit(connection: Connection, id: string): Promise<Visit | undefined> {
  return first(
    await connection.query<Visit>({
      name: "lock-page-visit",
      text: `select ${columns} from page_visits where id = $1 for update`,
      values: [id],
    }),
  );
}

/** The visit that a browser began, by its cookie. */
export async function visitOfBrowser(connection: Connection, token: string): Promise<Visit | undefined> {
  return first(
    await connection.query<Visit>({
      name: "page-visit-of-browser",
      text: `select ${columns} from page_visits where browser_sha256 = $1`,
      values: [hashOf(token)],
    }),
  );
}

/** The text of a visit, as the page showed it and the card signed it. */
export async function readVisitShown(connection: Connection, sealer: Sealer, id: string): Promise<string> {
  const row = first(
    await connection.query<{ shown: Buffer }>({
      name: "read-page-visit-shown",
      text: "select shown from page_visits where id = $1",
      values: [id],
    }),
  );
  if (!row) throw new Error("A visit that was just found is missing.");
  return sealer.open(row.shown, `page_visits/${id}/shown`).toString();
}

/** Records that a card was accepted for a visit whose row is locked; the CMS is stored, sealed. */
export async function approveVisit(
  connection: Connection,
  sealer: Sealer,
  visit: {
    id: string;
    via: "link" | "qr";
    personId: string;
    cms: Uint8Array;
    answerDigest: string;
    completionSha256: Buffer | null;
    answeredAt: Date;
  },
): Promise<void> {
  const { id, via, personId, cms, answerDigest, completionSha256, answeredAt } = visit;
  await connection.query({
    name: "approve-page-visit",
    text: `update page_visits set state = 'approved', via = $2, person_id = $3, evidence = $4, answer_digest = $5,
             completion_sha256 = $6, answered_at = $7 where id = $1 and state = 'open'`,
    values: [
      id,
      via,
      personId,
      sealer.seal(Buffer.from(cms), `page_visits/${id}/evidence`),
      answerDigest,
      completionSha256,
      answeredAt,
    ],
  });
}

/** Records a failure: a card was not accepted, or the wrong number was chosen. After `most` failures the visit has ended. */
export async function failVisit(connection: Connection, id: string, most: number, now: Date): Promise<void> {
  await connection.query({
    name: "fail-page-visit",
    text: `update page_visits set failures = failures + 1,
             state = case when failures + 1 >= $2 then 'refused' else state end,
             answered_at = case when failures + 1 >= $2 then $3 else answered_at end where id = $1 and state = 'open'`,
    values: [id, most, now],
  });
}

/** The browser completes an approved visit: true once, if it has not expired and was approved after a given time. */
export async function finishVisit(
  connection: Connection,
  id: string,
  { now, approvedAfter }: { now: Date; approvedAfter: Date },
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "finish-page-visit",
    text: `update page_visits set state = 'finished' where id = $1 and state = 'approved' and expires_at > $2
             and answered_at > $3`,
    values: [id, now, approvedAfter],
  });
  return rowCount === 1;
}

export interface PageSession {
  personId: string;
  visitId: string;
  expiresAt: Date;
}

/** Each insert deletes expired sessions. */
export async function addPageSession(
  connection: Connection,
  token: string,
  { personId, visitId, expiresAt }: PageSession,
  now: Date,
): Promise<void> {
  await connection.query("delete from page_sessions where expires_at < $1", [now]);
  await connection.query(
    `insert into page_sessions (token_sha256, person_id, visit_id, created_at, expires_at) values ($1, $2, $3, $4, $5)`,
    [hashOf(token), personId, visitId, now, expiresAt],
  );
}

export async function findPageSession(
  connection: Connection,
  token: string,
  now: Date,
): Promise<PageSession | undefined> {
  return first(
    await connection.query<PageSession>({
      name: "find-page-session",
      text: `select person_id as "personId", visit_id as "visitId", expires_at as "expiresAt" from page_sessions
             where token_sha256 = $1 and expires_at > $2`,
      values: [hashOf(token), now],
    }),
  );
}

/**
 * Ends what a person's taps opened or would open, except the page of one visit. Approved visits first: a browser completing one
 * is waited for, and its new session is ended with the others.
 */
export async function closePagesOf(
  connection: Connection,
  personId: string,
  exceptVisitId: string | undefined,
): Promise<void> {
  await connection.query(
    "update page_visits set state = 'refused' where person_id = $1 and state = 'approved'",
    [personId],
  );
  await connection.query("delete from page_sessions where person_id = $1 and visit_id is distinct from $2", [
    personId,
    exceptVisitId ?? null,
  ]);
}

export async function endPageSession(connection: Connection, token: string): Promise<void> {
  await connection.query("delete from page_sessions where token_sha256 = $1", [hashOf(token)]);
}
