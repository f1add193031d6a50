import { randomUUID } from "node:crypto";
import type { Connection } from "./database.ts";

/** What a person is to hear about a certificate: its end is near, it has ended, it was revoked, or should be replaced. */
export type CertificateNoticeKind = "expiring" | "expired" | "revoked" | "replace";

/** What has not been pushed yet; `new-phone` is about another enrolment than it is addressed to (`new-phones.ts`). */
export type UntoldNotice = Omit<CertificateNotice, "kind"> & { kind: CertificateNoticeKind | "new-phone" };

export interface CertificateNotice {
  id: string;
  enrolmentId: string;
  personId: string;
  partyId: string;
  kind: CertificateNoticeKind;
  daysLeft: number | null;
  createdAt: Date;
  /** When the certificate ends by itself. */
  notAfter: Date | null;
}

const columns = `n.id, n.enrolment_id as "enrolmentId", e.person_id as "personId", e.party_id as "partyId", n.kind,
  n.days_left as "daysLeft", n.created_at as "createdAt", c.not_after as "notAfter"`;
const tables = `certificate_notices n join enrolments e on e.id = n.enrolment_id
  left join certificates c on c.enrolment_id = e.id`;

/** Notes what is to be told, in the act's own transaction. The same again is one notice. */
export async function addCertificateNotice(
  connection: Connection,
  notice: { enrolmentId: string; kind: CertificateNoticeKind; daysLeft?: number },
): Promise<void> {
  await connection.query({
    name: "add-certificate-notice",
    text: `insert into certificate_notices (id, enrolment_id, kind, days_left) values ($1, $2, $3, $4)
           on conflict do nothing`,
    values: [randomUUID(), notice.enrolmentId, notice.kind, notice.daysLeft ?? null],
  });
}

/** What of an enrolment has not been pushed yet, oldest first. */
export async function untoldNotices(connection: Connection, enrolmentId: string): Promise<UntoldNotice[]> {
  const { rows } = await connection.query<UntoldNotice>({
    name: "untold-certificate-notices",
    text: `select ${columns} from ${tables} where n.enrolment_id = $1 and n.told_at is null order by n.created_at`,
    values: [enrolmentId],
  });
  return rows;
}

export async function markTold(connection: Connection, id: string, at: Date): Promise<void> {
  await connection.query({
    name: "mark-certificate-notice-told",
    text: "update certificate_notices set told_at = $2 where id = $1 and told_at is null",
    values: [id, at],
  });
}

/** Enrolments with a notice that nobody has pushed for a while: their lifecycle was not reached, or was lost. */
export async function enrolmentsWithUntold(
  connection: Connection,
  createdBefore: Date,
  limit: number,
): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>(
    `select enrolment_id as id from certificate_notices where told_at is null and created_at < $1
     group by enrolment_id order by min(created_at) limit $2`,
    [createdBefore, limit],
  );
  return rows.map(({ id }) => id);
}

/** The person's latest notices at a party, newest first: for the inbox. */
export async function noticesShownTo(
  connection: Connection,
  { personId, partyId }: { personId: string; partyId: string },
): Promise<CertificateNotice[]> {
  const { rows } = await connection.query<CertificateNotice>({
    name: "certificate-notices-shown",
    text: `select ${columns} from ${tables} where e.person_id = $1 and e.party_id = $2 and n.kind <> 'new-phone'
           order by n.created_at desc limit 16`,
    values: [personId, partyId],
  });
  return rows;
}
