import type { AttributeName } from "../../protocol/names.ts";
import { type Connection, first } from "../database.ts";
import type { EnrolmentState } from "../issuance/enrolments.ts";
import type { CertificateNoticeKind } from "./notices.ts";

/** The data that determine a certificate's next step. */
export interface CertificateLife {
  state: EnrolmentState;
  isRevoked: boolean;
  /** When its revocation takes effect, until then. */
  takesEffectAt: Date | null;
  notAfter: Date;
  /** When its attributes ceased to be the person's; `null` if they are current, or if it has none. */
  staleSince: Date | null;
  /** When its phone is to be notified of a new one, or asked to replace it, until then. */
  noticeDueAt: Date | null;
  /** The notices sent to the person, or due. */
  noticed: { kind: CertificateNoticeKind; daysLeft: number | null }[];
}

/**
 * `undefined` if the enrolment has no certificate.
 * @param carried the attributes in a certificate of the profile `attribute`
 */
export async function readCertificateLife(
  connection: Connection,
  enrolmentId: string,
  carried: readonly AttributeName[],
  now: Date,
): Promise<CertificateLife | undefined> {
  return first(
    await connection.query<CertificateLife>({
      name: "read-certificate-life",
      text: `select e.state, r.serial is not null as "isRevoked", c.not_after as "notAfter",
               case when r.effective_at > greatest(now(), $3) then r.effective_at end as "takesEffectAt",
               (select min(a.created_at) from anchors a
                where i.profile = 'attribute' and a.person_id = e.person_id and a.created_at > i.created_at
                  and a.changed && $2)
                 as "staleSince",
               (select min(n.due_at) from certificate_notices n
                where n.enrolment_id = e.id and n.kind in ('new-phone', 'replace') and n.due_at > greatest(now(), $3))
                 as "noticeDueAt",
               coalesce((select json_agg(json_build_object('kind', n.kind, 'daysLeft', n.days_left))
                         from certificate_notices n where n.enrolment_id = e.id and n.kind <> 'new-phone'), '[]'::json) as noticed
             from enrolments e join certificates c on c.enrolment_id = e.id
               join issuance_intents i on i.id = c.id left join revocations r on r.serial = c.serial
             where e.id = $1`,
      values: [enrolmentId, carried, now],
    }),
  );
}

/** Active enrolments whose certificate has an outdated value of one of these attributes. */
export async function staleEnrolmentsOf(
  connection: Connection,
  personId: string,
  carried: readonly AttributeName[],
): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>(
    `select e.id from enrolments e join issuance_intents i on i.enrolment_id = e.id
     where e.person_id = $1 and e.state = 'active' and i.profile = 'attribute'
       and exists (select 1 from anchors a where a.person_id = e.person_id and a.created_at > i.created_at
                   and a.changed && $2)
     order by e.id`,
    [personId, carried],
  );
  return rows.map(({ id }) => id);
}

/** Enrolments whose certificate ends before `before`, without an expiry notice. */
export async function enrolmentsNearingExpiry(
  connection: Connection,
  before: Date,
  limit: number,
): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>(
    `select e.id from certificates c join enrolments e on e.id = c.enrolment_id
     where c.not_after < $1 and e.state = 'active'
       and not exists (select 1 from revocations r where r.serial = c.serial)
       and not exists (select 1 from certificate_notices n where n.enrolment_id = e.id
                       and n.kind in ('expiring', 'expired'))
     order by c.not_after limit $2`,
    [before, limit],
  );
  return rows.map(({ id }) => id);
}
