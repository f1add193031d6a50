import type { LinkTerms } from "../../protocol/link.ts";
import type { Connection } from "../database.ts";
import type { Enrolment } from "../issuance/enrolments.ts";
import {
  type Listed,
  type ListPage,
  listed,
  listPage,
  newestFirst,
  pageValues,
  type Wanted,
} from "../list-page.ts";
import type { Party } from "../party/parties.ts";
import type { Consent } from "./consents.ts";
import { isInTerm } from "./in-force.ts";

/** A consent as shown to its person; if it has views, as shown to the enrolment's party. */
export interface ListedConsent
  extends Pick<
    Consent,
    | "id"
    | "kind"
    | "partyId"
    | "attributes"
    | "state"
    | "revision"
    | "validUntil"
    | "registerState"
    | "createdAt"
    | "endedAt"
  > {
  link: LinkTerms | null;
  partyName: Party["name"] | null;
  /** The newest receipt. */
  receipt: string | null;
}

/** Past its term, even if the row is not updated yet. */
const isOver = `coalesce(s.state, c.state) = 'in-force' and not (${isInTerm("c.valid_until", "$3")})`;
const state = `case when ${isOver} then 'expired' else coalesce(s.state, c.state) end`;

/**
 * The consents an enrolment may see: its party's, those for the register, and its party's links; of the same person only. A
 * consent that concerns other parties too has this party's own name and its state as shown by `now` (`consent-views.ts`). Those
 * in force first, with its party's and the register's before links, of which there may be many; then the newest.
 */
export async function consentsShownTo(
  connection: Connection,
  { personId, partyId }: Pick<Enrolment, "personId" | "partyId">,
  now: Date,
  wanted: Wanted,
): Promise<ListPage<ListedConsent>> {
  const { rows } = await connection.query<Listed<ListedConsent>>({
    name: "consents-shown-to",
    text: listed(
      [
        "id",
        "kind",
        "partyId",
        "attributes",
        "state",
        "revision",
        "validUntil",
        "registerState",
        "createdAt",
        "endedAt",
        "partyName",
        "link",
        "receipt",
      ],
      `select coalesce(v.name, c.id) as id, c.kind, c.party_id as "partyId",
             coalesce(s.attributes, c.attributes) as attributes, ${state} as state,
             coalesce(s.shown, c.revision) as revision,
             coalesce(case when ${isInTerm("s.valid_until", "$3")} then s.valid_until end, c.valid_until) as "validUntil",
             case when s.name is null then c.register_state
               when s.register_state = 'withdrawal-pending' and c.register_state = 'withdrawn' and exists (
                 select 1 from consents o join consent_views w on w.consent_id = o.id and w.party_id = $2
                   join consent_view_lines x on x.name = w.name and x.due_at <= $3
                 where o.person_id = c.person_id and o.kind = c.kind and o.created_at > c.created_at) then 'withdrawn'
               else s.register_state end as "registerState",
             coalesce(s.began_at, c.created_at) as "createdAt",
             case when ${isOver} then c.valid_until when s.name is null then c.ended_at
               when s.state <> 'in-force' then s.shown_at end as "endedAt",
             case when p.id is not null then jsonb_build_object('ja', p.name_ja, 'en', p.name_en) end as "partyName",
             case when l.id is not null then jsonb_build_object('from', l.from_party_id, 'to', l.to_party_id,
               'dataset', l.dataset, 'purpose', l.purpose) end as link,
             case when s.name is null then (select receipt from consent_changes h
                where h.consent_id = c.id and h.receipt is not null order by h.revision desc limit 1)
               else s.newest_receipt end as receipt,
             case when ${state} <> 'in-force' then 0 when c.kind = 'link' then 1 else 2 end as rank,
             ${newestFirst("coalesce(s.began_at, c.created_at)")} as place
           from consents c left join parties p on p.id = c.party_id left join links l on l.id = c.link_id
             left join consent_views v on v.consent_id = c.id and v.party_id = $2
             left join lateral (
               select n.name, n.state, n.attributes, n.valid_until, n.register_state, n.shown_at,
                 count(*) over ()::int as shown, first_value(n.shown_at) over (order by n.number) as began_at,
                 (select receipt from consent_view_lines r where r.name = v.name and r.due_at <= $3
                  and r.receipt is not null order by r.number desc limit 1) as newest_receipt
               from consent_view_lines n where n.name = v.name and n.due_at <= $3
               order by n.number desc limit 1) s on true
           where c.person_id = $1 and (c.party_id = $2 or s.name is not null)`,
      4,
    ),
    values: [personId, partyId, now, ...pageValues(wanted)],
  });
  return listPage(rows, wanted);
}
