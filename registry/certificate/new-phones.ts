import { randomUUID } from "node:crypto";
import { newPhoneNoticeMs } from "../../protocol/freeze.ts";
import { lockText } from "../advisory-locks.ts";
import { type Connection, first } from "../database.ts";
import type { Enrolment } from "../issuance/enrolments.ts";
import {
  type Listed,
  type ListPage,
  listed,
  listPage,
  newestFirst,
  oldestFirst,
  pageValues,
  type Wanted,
} from "../list-page.ts";

/** One of a person's enrolments with a certificate, now or earlier. */
export interface KnownEnrolment {
  id: string;
  partyId: string;
  state: string;
  replaces: string | null;
  issuedAt: Date;
  /** Whether the person had it stopped, and with which enrolment's phone; `null` if without a phone. */
  isFrozen: boolean;
  frozenBy: string | null;
  /**
   * Whether it is established: announced, or set up with nobody to notify, at least 72 hours ago; or the person's first phone.
   */
  isEstablished: boolean;
  /** Whether its phone, replaced or not, is being asked about another one. */
  isAsked: boolean;
}

/** A new-phone notice, as shown to the phone it is addressed to. */
export interface NewPhoneNotice {
  id: string;
  where: "here" | "elsewhere";
  /** When the new phone was set up. */
  setUpAt: Date;
  /** Whether it is announced later than it was set up: then only the day may be shown. */
  isLate: boolean;
  isStopped: boolean;
  /** Whether this phone may have the new one stopped. */
  mayStop: boolean;
}

const since = (now: Date): Date => new Date(now.getTime() - newPhoneNoticeMs);

/** The person's phones that were announced to no other phone: there was none, or it was gone before its notice was sent. */
export async function phonesNotAnnouncedTo(
  connection: Connection,
  { id, personId }: Pick<Enrolment, "id" | "personId">,
): Promise<string[]> {
  const { rows } = await connection.query<{ about: string }>({
    name: "phones-untold-of",
    text: `select a.id as about from enrolments a
           where a.person_id = $2 and a.id <> $1 and a.state = 'active' and not a.is_first_phone
             and not exists (
               select 1 from certificate_notices n join enrolments w on w.id = n.enrolment_id
                 left join certificates c on c.enrolment_id = w.id left join revocations r on r.serial = c.serial
               where n.about = a.id and (w.state in ('active', 'superseded') or n.told_at < r.revoked_at))
           order by a.created_at, a.id`,
    values: [id, personId],
  });
  return rows.map(({ about }) => about);
}

/** Records that a phone is to be notified of another one, `delay` seconds after the start of the transaction. */
export async function addNewPhoneNotice(
  connection: Connection,
  notice: { to: string; about: string; mayStop: boolean; delay: number; catchesUp?: boolean },
): Promise<void> {
  const { to, about, mayStop, delay, catchesUp = false } = notice;
  await connection.query({
    name: "add-new-phone-notice",
    text: `insert into certificate_notices (id, enrolment_id, kind, about, may_stop, due_at, catches_up)
           values ($1, $2, 'new-phone', $3, $4, now() + make_interval(secs => $5), $6) on conflict do nothing`,
    values: [randomUUID(), to, about, mayStop, delay, catchesUp],
  });
}

/** Records whether this is the person's first phone: no other enrolment of theirs has ever had a certificate. */
export async function noteWhetherFirst(connection: Connection, id: string): Promise<void> {
  await connection.query({
    name: "note-first-phone",
    text: `update enrolments e set is_first_phone = true
           where e.id = $1 and not exists (select 1 from enrolments o where o.person_id = e.person_id and o.id <> e.id
                                           and o.state in ('active', 'superseded', 'revoked'))`,
    values: [id],
  });
}

/** Copies unsent notices of a replaced phone to its successor, without a vote, because the successor is itself new. */
export async function passOnNotices(connection: Connection, from: string, to: string): Promise<void> {
  await connection.query({
    name: "pass-on-new-phone-notices",
    text: `insert into certificate_notices (id, enrolment_id, kind, about, may_stop, created_at, due_at, catches_up)
           select gen_random_uuid(), $2, kind, about, false, created_at, due_at, catches_up from certificate_notices
           where enrolment_id = $1 and about <> $2 and told_at is null and due_at > now() on conflict do nothing`,
    values: [from, to],
  });
}

/** Of two phones that one person sets up concurrently, the second is announced to the first. */
export async function lockPhonesOf(connection: Connection, personId: string): Promise<void> {
  await lockText(connection, "phonesOfPerson", personId);
}

/**
 * A notice counts as sent once it is pushed, or its push was tried (`told_at`), and is open for 72 hours from then. If there
 * was nobody to notify, the 72 hours start when the phone was set up.
 */
export async function enrolmentsKnownOf(connection: Connection, personId: string): Promise<KnownEnrolment[]> {
  const { rows } = await connection.query<KnownEnrolment>({
    name: "enrolments-known-of-person",
    text: `with established as (select now() - $2 * interval '1 millisecond' as since)
           select e.id, e.party_id as "partyId", e.state, e.replaces, c.issued_at as "issuedAt",
             f.enrolment_id is not null as "isFrozen", f.frozen_by as "frozenBy",
             e.is_first_phone
               or exists (select 1 from certificate_notices n where n.about = e.id and not n.catches_up
                          and n.told_at <= established.since)
                  and not exists (select 1 from certificate_notices n where n.about = e.id and not n.catches_up
                                  and greatest(n.due_at, n.told_at) > established.since)
               or c.issued_at <= established.since
                  and not exists (select 1 from certificate_notices n where n.about = e.id and not n.catches_up) as "isEstablished",
             exists (select 1 from certificate_notices n where n.enrolment_id = e.id and n.about is not null
                     and greatest(n.due_at, n.told_at) > established.since) as "isAsked"
           from established, enrolments e join certificates c on c.enrolment_id = e.id
             left join frozen_enrolments f on f.enrolment_id = e.id
           where e.person_id = $1 order by e.id`,
    values: [personId, newPhoneNoticeMs],
  });
  return rows;
}

/** The enrolments whose phones are notified of a new one. */
export async function witnessesOfNewPhone(connection: Connection, about: string): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>({
    name: "witnesses-of-new-phone",
    text: "select enrolment_id as id from certificate_notices where about = $1 order by enrolment_id",
    values: [about],
  });
  return rows.map(({ id }) => id);
}

/**
 * The new-phone notices of this phone, newest first. If there are more than can be shown, unanswered ones come first, oldest
 * first: later phones cannot displace them.
 */
export async function newPhonesShownTo(
  connection: Connection,
  enrolmentId: string,
  now: Date,
  wanted: Wanted,
): Promise<ListPage<NewPhoneNotice>> {
  const { rows } = await connection.query<Listed<NewPhoneNotice & { dueAt: Date }>>({
    name: "new-phones-shown",
    text: listed(
      ["id", "where", "dueAt", "setUpAt", "isLate", "isStopped", "mayStop"],
      `select w.waits::int as rank, case when w.waits then ${oldestFirst("n.due_at")} else ${newestFirst("n.due_at")} end as place,
             n.id, case when a.party_id = e.party_id then 'here' else 'elsewhere' end as where,
             n.due_at as "dueAt", c.issued_at as "setUpAt", n.due_at > n.created_at as "isLate",
             f.enrolment_id is not null as "isStopped", n.may_stop as "mayStop"
           from certificate_notices n join enrolments e on e.id = n.enrolment_id
             join enrolments a on a.id = n.about join certificates c on c.enrolment_id = a.id
             left join frozen_enrolments f on f.enrolment_id = a.id,
             lateral (select n.may_stop and f.enrolment_id is null as waits) w
           where n.enrolment_id = $1 and n.due_at <= greatest(now(), $2) and greatest(n.due_at, n.told_at) > $3`,
      4,
      {
        // Other parties' apps are shown only the hour, or the day.
        placeOf: (rank, id) =>
          `(select case when ${rank} = 1 then ${oldestFirst("due_at")} else ${newestFirst("due_at")} end
            from certificate_notices where id = ${id})`,
      },
    ),
    values: [enrolmentId, now, since(now), ...pageValues(wanted)],
  });
  const { rows: shown, ...rest } = listPage(rows, wanted);
  return { rows: shown.toSorted((a, b) => b.dueAt.getTime() - a.dueAt.getTime()), ...rest };
}

/** The enrolment of a notice, while this phone may report that it is not the person's. */
export async function enrolmentInQuestion(
  connection: Connection,
  { noticeId, enrolmentId, now }: { noticeId: string; enrolmentId: string; now: Date },
): Promise<string | undefined> {
  return first(
    await connection.query<{ about: string }>({
      name: "enrolment-in-question",
      text: `select about from certificate_notices
             where id = $1 and enrolment_id = $2 and about is not null and may_stop
               and due_at <= greatest(now(), $3) and greatest(due_at, told_at) > $4`,
      values: [noticeId, enrolmentId, now, since(now)],
    }),
  )?.about;
}

/**
 * The person's enrolments that are newer than the one in question, at every party, announced or not: those that one act stops
 * with it. Without those on which the asking phone has no vote, and, if the one in question was stopped before, without those
 * set up since.
 */
export async function newerThan(
  connection: Connection,
  { about, askedBy }: { about: string; askedBy: string },
): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>({
    name: "enrolments-newer-than",
    text: `select e.id from enrolments e join enrolments a on a.person_id = e.person_id
             left join frozen_enrolments f on f.enrolment_id = a.id
           where a.id = $1 and e.created_at > a.created_at and e.created_at < coalesce(f.frozen_at, 'infinity')
             and e.id <> $2 and e.state <> 'ended'
             and not exists (select 1 from frozen_enrolments s where s.enrolment_id = e.id)
             and not exists (select 1 from certificate_notices n
                             where n.about = e.id and n.enrolment_id = $2 and not n.may_stop)
           order by e.created_at desc`,
    values: [about, askedBy],
  });
  return rows.map(({ id }) => id);
}
