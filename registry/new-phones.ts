import { randomUUID } from "node:crypto";
import { newPhoneNoticeMs } from "../protocol/freeze.ts";
import { type Connection, first } from "./database.ts";
import type { Enrolment } from "./enrolments.ts";
import { type KnownEnrolment, witnessesOf } from "./witnesses.ts";

/** A notice of a new phone, as the phone that it is addressed to sees it. */
export interface NewPhoneNotice {
  id: string;
  where: "here" | "elsewhere";
  createdAt: Date;
  isStopped: boolean;
}

/** Notes, in the transaction that activates an enrolment, whom its person is asked through whether the phone is theirs. */
export async function noteNewPhone(connection: Connection, fresh: Enrolment): Promise<void> {
  const { rows } = await connection.query<KnownEnrolment>({
    name: "enrolments-known-of-person",
    text: `select e.id, e.party_id as "partyId", e.state, e.replaces, f.enrolment_id is not null as "isFrozen",
             exists (select 1 from certificate_notices n where n.about = e.id
                     and n.created_at > now() - $2 * interval '1 millisecond') as "isInQuestion"
           from enrolments e join certificates c on c.enrolment_id = e.id
             left join frozen_enrolments f on f.enrolment_id = e.id
           where e.person_id = $1 order by e.id`,
    values: [fresh.personId, newPhoneNoticeMs],
  });
  const { id, partyId, replaces = null } = fresh;
  for (const witness of witnessesOf({ id, partyId, replaces }, rows)) {
    await connection.query({
      name: "add-new-phone-notice",
      text: `insert into certificate_notices (id, enrolment_id, kind, about) values ($1, $2, 'new-phone', $3)
             on conflict do nothing`,
      values: [randomUUID(), witness, id],
    });
  }
}

/** The enrolments whose phones are to hear of a new one. */
export async function witnessesTold(connection: Connection, about: string): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>({
    name: "witnesses-told",
    text: "select enrolment_id as id from certificate_notices where about = $1 order by enrolment_id",
    values: [about],
  });
  return rows.map(({ id }) => id);
}

const since = (now: Date): Date => new Date(now.getTime() - newPhoneNoticeMs);

/** What this very phone is to know of new ones, newest first. */
export async function newPhonesShownTo(
  connection: Connection,
  enrolmentId: string,
  now: Date,
): Promise<NewPhoneNotice[]> {
  const { rows } = await connection.query<NewPhoneNotice>({
    name: "new-phones-shown",
    text: `select n.id, case when a.party_id = e.party_id then 'here' else 'elsewhere' end as where,
             n.created_at as "createdAt", f.enrolment_id is not null as "isStopped"
           from certificate_notices n join enrolments e on e.id = n.enrolment_id
             join enrolments a on a.id = n.about left join frozen_enrolments f on f.enrolment_id = a.id
           where n.enrolment_id = $1 and n.created_at > $2 order by n.created_at desc limit 16`,
    values: [enrolmentId, since(now)],
  });
  return rows;
}

/** The enrolment that a notice is about, while this phone may still say that it is not the person's. */
export async function enrolmentInQuestion(
  connection: Connection,
  { noticeId, enrolmentId, now }: { noticeId: string; enrolmentId: string; now: Date },
): Promise<string | undefined> {
  return first(
    await connection.query<{ about: string }>({
      name: "enrolment-in-question",
      text: `select about from certificate_notices
             where id = $1 and enrolment_id = $2 and about is not null and created_at > $3`,
      values: [noticeId, enrolmentId, since(now)],
    }),
  )?.about;
}
