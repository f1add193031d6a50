import { randomUUID } from "node:crypto";
import type { Connection } from "../database.ts";
import {
  type Listed,
  type ListPage,
  listed,
  listPage,
  newestFirst,
  pageValues,
  type Wanted,
} from "../list-page.ts";

/** Notices about a certificate: it expires soon, has expired, was revoked, or should be replaced. */
export type CertificateNoticeKind = "expiring" | "expired" | "revoked" | "replace";

/** Unsent notices; `new-phone` is about another enrolment than it is addressed to (`new-phones.ts`). */
export type PendingNotice = Omit<CertificateNotice, "kind"> & { kind: CertificateNoticeKind | "new-phone" };

export interface CertificateNotice {
  id: string;
  enrolmentId: string;
  personId: string;
  partyId: string;
  kind: CertificateNoticeKind;
  daysLeft: number | null;
  /** Neither pushed nor shown before; for a revocation, when it takes effect. */
  dueAt: Date;
  /** The certificate's notAfter. */
  notAfter: Date | null;
}

const columns = `n.id, n.enrolment_id as "enrolmentId", e.person_id as "personId", e.party_id as "partyId", n.kind,
  n.days_left as "daysLeft", n.due_at as "dueAt", c.not_after as "notAfter"`;
const tables = `certificate_notices n join enrolments e on e.id = n.enrolment_id
  left join certificates c on c.enrolment_id = e.id`;

/** Stores a notice in the act's own transaction: at once, or not before `dueAt`. A repeated notice is stored once. */
export async function addCertificateNotice(
  connection: Connection,
  notice: { enrolmentId: string; kind: CertificateNoticeKind; daysLeft?: number; dueAt?: Date },
): Promise<void> {
  await connection.query({
    name: "add-certificate-notice",
    text: `insert into certificate_notices (id, enrolment_id, kind, days_left, due_at)
           values ($1, $2, $3, $4, coalesce($5, now())) on conflict do nothing`,
    values: [
      randomUUID(),
      notice.enrolmentId,
      notice.kind,
      notice.daysLeft ?? null,
      notice.dueAt?.toISOString() ?? null,
    ],
  });
}

/** Moves the unsent notice of a revocation that takes effect earlier. */
export async function bringNoticeForward(
  connection: Connection,
  { enrolmentId, effectiveAt }: { enrolmentId: string; effectiveAt: Date },
): Promise<void> {
  await connection.query(
    `update certificate_notices set due_at = $2
     where enrolment_id = $1 and kind = 'revoked' and told_at is null and due_at > $2`,
    [enrolmentId, effectiveAt],
  );
}

/** The notices of an enrolment that are due and not pushed, oldest first. */
export async function pendingNotices(
  connection: Connection,
  enrolmentId: string,
  now: Date,
): Promise<PendingNotice[]> {
  const { rows } = await connection.query<PendingNotice>({
    name: "untold-certificate-notices",
    text: `select ${columns} from ${tables} where n.enrolment_id = $1 and n.told_at is null and n.due_at <= greatest(now(), $2)
           order by n.due_at`,
    values: [enrolmentId, now],
  });
  return rows;
}

export async function markNotified(connection: Connection, id: string, at: Date): Promise<void> {
  await connection.query({
    name: "mark-certificate-notice-sent",
    text: "update certificate_notices set told_at = $2 where id = $1 and told_at is null",
    values: [id, at],
  });
}

/** Enrolments with a notice that was due earlier and is not pushed: their workflow was not signalled, or was lost. */
export async function enrolmentsWithPending(
  connection: Connection,
  dueBefore: Date,
  limit: number,
): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>(
    `select enrolment_id as id from certificate_notices where told_at is null and due_at < $1
     group by enrolment_id order by min(due_at) limit $2`,
    [dueBefore, limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * The person's notices at a party, newest first: for the inbox. Later notices cannot displace one that requires a tap for a
 * certificate still in use.
 */
export async function noticesShownTo(
  connection: Connection,
  { personId, partyId, now }: { personId: string; partyId: string; now: Date },
  wanted: Wanted,
): Promise<ListPage<CertificateNotice>> {
  const { rows } = await connection.query<Listed<CertificateNotice>>({
    name: "certificate-notices-shown",
    text: listed(
      ["id", "enrolmentId", "personId", "partyId", "kind", "daysLeft", "dueAt", "notAfter"],
      `select ${columns}, (e.state = 'active' and n.kind <> 'revoked')::int as rank, ${newestFirst("n.due_at")} as place
       from ${tables} where e.person_id = $1 and e.party_id = $2 and n.kind <> 'new-phone'
             and n.due_at <= greatest(now(), $3)`,
      4,
      // A cursor must not contain a time: notices at two parties may be due to one act.
      {
        placeOf: (_rank, id) => `(select ${newestFirst("due_at")} from certificate_notices where id = ${id})`,
      },
    ),
    values: [personId, partyId, now, ...pageValues(wanted)],
  });
  const { rows: shown, ...rest } = listPage(rows, wanted);
  return { rows: shown.toSorted((a, b) => b.dueAt.getTime() - a.dueAt.getTime()), ...rest };
}
