import { randomUUID } from "node:crypto";
import type { ConsentKind } from "../../protocol/consent.ts";
import type { LinkTerms } from "../../protocol/link.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { type Connection, first } from "../database.ts";
import {
  type Listed,
  type ListPage,
  listed,
  listPage,
  newestFirst,
  pageValues,
  type Wanted,
} from "../list-page.ts";
import { required } from "../required.ts";
import type { ConsentSubject, RegisterState } from "./consents.ts";

/**
 * A consent that concerns several parties, as shown to one party's apps: under its own name, in its own lines. Other kinds of
 * consent have no views.
 */
export const hasViews = (kind: ConsentKind): boolean => kind !== "disclosure";

/** One event of a consent, as shown to one party's apps. */
export interface ViewLine {
  id: string;
  name: string;
  consentRevision: number;
  changeId: string | null;
  act: "grant" | "renew" | "amend" | "withdraw" | "expire";
  /** Whether this party's own app acted. */
  here: boolean;
  attributes: AttributeName[];
  state: "in-force" | "withdrawn" | "expired";
  shownAt: Date;
  validUntil: Date;
  /** Register refresh, if this party's app acted: whether J-LIS holds it. */
  registerState: RegisterState | null;
  receipt: string | null;
  dueAt: Date;
}

/** The party's name for a consent, created once. */
export async function nameFor(
  connection: Connection,
  { consentId, personId, partyId }: { consentId: string; personId: string; partyId: string },
): Promise<string> {
  const { rows } = await connection.query<{ name: string }>({
    name: "name-consent-view",
    text: `with added as (
             insert into consent_views (name, consent_id, person_id, party_id) values ($1, $2, $3, $4)
             on conflict (consent_id, party_id) do nothing returning name)
           select name from added
           union all select name from consent_views where consent_id = $2 and party_id = $4 limit 1`,
    values: [randomUUID(), consentId, personId, partyId],
  });
  return required(rows[0], "The row that a statement returns").name;
}

/** Adds a line; the caller holds the lock of the consent's subject. */
export async function addViewLine(connection: Connection, line: ViewLine): Promise<void> {
  const l = line;
  await connection.query({
    name: "add-consent-view-line",
    text: `insert into consent_view_lines (id, name, number, consent_revision, change_id, act, here, attributes, state,
             shown_at, valid_until, receipt, due_at, register_state)
           select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
           from consent_view_lines where name = $2`,
    values: [
      l.id,
      l.name,
      l.consentRevision,
      l.changeId,
      l.act,
      l.here,
      l.attributes,
      l.state,
      l.shownAt,
      l.validUntil,
      l.receipt,
      l.dueAt,
      l.registerState,
    ],
  });
}

/** The number of lines of a view shown by `now`: the revision that its party sees. */
export async function shownRevision(connection: Connection, name: string, now: Date): Promise<number> {
  const { rows } = await connection.query<{ count: number }>({
    name: "shown-revision",
    text: "select count(*)::int as count from consent_view_lines where name = $1 and due_at <= $2",
    values: [name, now],
  });
  return required(rows[0], "The row that a statement returns").count;
}

/** The consent with this name at a party, for this person only. */
export async function consentNamed(
  connection: Connection,
  { name, personId, partyId }: { name: string; personId: string; partyId: string },
): Promise<string | undefined> {
  return first(
    await connection.query<{ consentId: string }>({
      name: "consent-named",
      text: `select consent_id as "consentId" from consent_views where name = $1 and person_id = $2 and party_id = $3`,
      values: [name, personId, partyId],
    }),
  )?.consentId;
}

/** A change as shown to a party: its line, and the number of lines shown up to it. */
export async function lineOfChange(
  connection: Connection,
  { changeId, partyId }: { changeId: string; partyId: string },
): Promise<(Pick<ViewLine, "name" | "state" | "receipt"> & { revision: number }) | undefined> {
  return first(
    await connection.query<Pick<ViewLine, "name" | "state" | "receipt"> & { revision: number }>({
      name: "line-of-change",
      text: `select l.name, l.state, l.receipt,
               (select count(*)::int from consent_view_lines e
                where e.name = l.name and e.number <= l.number and e.due_at <= l.due_at) as revision
             from consent_view_lines l join consent_views v on v.name = l.name
             where l.change_id = $1 and v.party_id = $2`,
      values: [changeId, partyId],
    }),
  );
}

/** Shows at once what waits to be shown to a party of a person's consents of one subject: its app has just acted on them. */
export async function bringViewsForward(
  connection: Connection,
  { personId, partyId, kind }: { personId: string; partyId: string; kind: ConsentKind },
  now: Date,
): Promise<void> {
  await connection.query({
    name: "bring-consent-views-forward",
    text: `update consent_view_lines l set due_at = $4 from consent_views v join consents c on c.id = v.consent_id
           where v.name = l.name and v.person_id = $1 and v.party_id = $2 and c.kind = $3 and l.due_at > $4`,
    values: [personId, partyId, kind, now],
  });
}

/**
 * Shows a party the end of a consent that it still sees as in force. Nothing else is shown early: a message reveals only what
 * it depends on.
 */
export async function showEndNow(
  connection: Connection,
  ended: { personId: string; partyId: string; kind: ConsentKind; name: string | undefined },
  now: Date,
): Promise<void> {
  const { personId, partyId, kind, name } = ended;
  await connection.query({
    name: "show-consent-end-now",
    text: `update consent_view_lines l set due_at = $4 from consent_views v join consents c on c.id = v.consent_id
           where v.name = l.name and v.person_id = $1 and v.party_id = $2 and c.kind = $3 and l.due_at > $4
             and ($5::uuid is null or v.name = $5) and c.state <> 'in-force'
             and (select s.state from consent_view_lines s where s.name = v.name and s.due_at <= $4
                  order by s.number desc limit 1) = 'in-force'`,
    values: [personId, partyId, kind, now, name ?? null],
  });
}

/**
 * The parties whose apps are shown a consent: both of a link; for the register, each at which the person has held a
 * certificate.
 */
export async function partiesConcerned(
  connection: Connection,
  { personId, linkId }: Pick<ConsentSubject, "personId" | "linkId">,
): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>({
    name: "parties-concerned",
    text: `select distinct e.party_id as id from enrolments e
           where $2::uuid is null and e.person_id = $1 and e.state not in ('applied', 'ended')
           union select unnest(array[from_party_id, to_party_id]) from links where id = $2 order by id`,
    values: [personId, linkId],
  });
  return rows.map(({ id }) => id);
}

/** A person's consents in force that concern several parties and have no view for a party yet. */
export async function consentsWithoutView(
  connection: Connection,
  { personId, partyId }: { personId: string; partyId: string },
): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>({
    name: "consents-without-view",
    text: `select c.id from consents c where c.person_id = $1 and c.kind = 'register-refresh' and c.state = 'in-force'
             and not exists (select 1 from consent_views v where v.consent_id = c.id and v.party_id = $2)`,
    values: [personId, partyId],
  });
  return rows.map(({ id }) => id);
}

/**
 * Consents that concern several parties and whose newest revision has no line, by id after `after`: written by a process of a
 * version before views existed.
 */
export async function consentsUnshown(
  connection: Connection,
  after: string | undefined,
  limit: number,
): Promise<{ id: string }[]> {
  const { rows } = await connection.query<{ id: string }>({
    name: "consents-unshown",
    text: `select c.id from consents c where c.kind <> 'disclosure' and ($1::uuid is null or c.id > $1)
             and not exists (select 1 from consent_views v join consent_view_lines l on l.name = v.name
                             where v.consent_id = c.id and l.consent_revision >= c.revision)
           order by c.id limit $2`,
    values: [after ?? null, limit],
  });
  return rows;
}

/** A line as shown in an inbox. */
export interface ShownLine extends Pick<ViewLine, "name" | "act" | "here" | "attributes" | "shownAt"> {
  kind: ConsentKind;
  link: LinkTerms | null;
}

/** Newest first; of lines in the same millisecond, the later one. */
const linePlace = (of = ""): string => `(${newestFirst(`${of}due_at`)} + least(${of}number, 999))`;

/**
 * The lines of such consents in a party's inbox, newest first: acts elsewhere, and for links also acts here. `since` is the
 * earliest that is shown.
 */
export async function linesShownTo(
  connection: Connection,
  { personId, partyId }: { personId: string; partyId: string },
  { since, now }: { since: Date; now: Date },
  wanted: Wanted,
): Promise<ListPage<ShownLine>> {
  const { rows } = await connection.query<Listed<ShownLine>>({
    name: "consent-lines-shown",
    text: listed(
      ["name", "act", "here", "attributes", "shownAt", "kind", "link"],
      `select l.id, 0 as rank, ${linePlace("l.")} as place, l.name, l.act, l.here, l.attributes, l.shown_at as "shownAt", c.kind,
             case when k.id is not null then jsonb_build_object('from', k.from_party_id, 'to', k.to_party_id,
               'dataset', k.dataset, 'purpose', k.purpose) end as link
           from consent_view_lines l join consent_views v on v.name = l.name join consents c on c.id = v.consent_id
             left join links k on k.id = c.link_id
           where v.person_id = $1 and v.party_id = $2 and l.due_at <= $4 and l.due_at > $3
             and (not l.here or c.kind = 'link')`,
      5,
      {
        placeOf: (_rank, id) => `(select ${linePlace()} from consent_view_lines where id = ${id})`,
      },
    ),
    values: [personId, partyId, since, now, ...pageValues(wanted)],
  });
  return listPage(rows, wanted);
}

/** The parties where a consent was last given or changed; one of them sends the reminder. */
export async function viewsToRemindOf(
  connection: Connection,
  consentId: string,
): Promise<{ name: string; partyId: string }[]> {
  const { rows } = await connection.query<{ name: string; partyId: string }>({
    name: "consent-views-to-remind-of",
    text: `select v.name, v.party_id as "partyId" from consent_views v join consents c on c.id = v.consent_id
           where c.id = $1 and (c.kind = 'link' or v.name = (
             select l.name from consent_view_lines l join consent_views w on w.name = l.name
             where w.consent_id = c.id order by l.here desc, l.consent_revision desc, l.name limit 1))
           order by v.party_id`,
    values: [consentId],
  });
  return rows;
}
