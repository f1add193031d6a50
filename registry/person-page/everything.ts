import type { z } from "zod";
import type { ConsentKind } from "../../protocol/consent.ts";
import type { linkRequestState } from "../../protocol/link.ts";
import type { AttributeName } from "../../protocol/names.ts";
import type { ErasureReason } from "../../protocol/operation.ts";
import { isInForce } from "../consent/in-force.ts";
import type { Connection } from "../database.ts";
import type { EnrolmentState } from "../issuance/enrolments.ts";
import { inBoth, isRegistered } from "../link/datasets.ts";
import type { ErasureState } from "./erasure.ts";

type Bilingual = { ja: string; en: string };

/** A phone of the person at a party. */
export interface ShownEnrolment {
  id: string;
  party: Bilingual;
  appId: string;
  state: EnrolmentState;
  isNewPhone: boolean;
  isStopped: boolean;
  /** Its certificate has expired: it can do nothing more. */
  isOver: boolean;
  createdAt: Date;
  notAfter: Date | null;
}

/** A consent at any party, by its own id. */
export interface ShownConsent {
  id: string;
  kind: ConsentKind;
  party: Bilingual | null;
  link: ShownTerms | null;
  attributes: AttributeName[];
  state: "in-force" | "withdrawn" | "expired";
  revision: number;
  createdAt: Date;
  validUntil: Date;
  endedAt: Date | null;
}

/** The giving and the receiving party, the data, and the purpose. */
export interface ShownTerms {
  fromName: Bilingual;
  toName: Bilingual;
  dataset: Bilingual;
  purpose: Bilingual;
}

/** A party's link request, and its outcome. */
export interface ShownRequest extends ShownTerms {
  id: string;
  state: z.infer<typeof linkRequestState>;
  /** Whether the person has an active phone at both parties, and the giving party gives such data: otherwise there is nothing to agree to. */
  isGrantable: boolean;
  askedAt: Date;
  /** When it was closed, or expires. */
  endsAt: Date;
}

/** The reads of the same attributes by one party: there are few such sets, so that none displaces another. */
export interface ShownRead {
  party: Bilingual;
  /** Refused: `attributes` is what was requested. */
  isRefused: boolean;
  attributes: AttributeName[];
  times: number;
  /** The time of the first and of the last of them. */
  firstAt: Date;
  readAt: Date;
}

/** A request for erasure, as shown to the person. */
export interface ShownErasure {
  state: ErasureState;
  reason: ErasureReason | null;
  askedAt: Date;
  closedAt: Date | null;
}

/** Everything of one person that the person page shows. */
export interface Everything {
  enrolments: ShownEnrolment[];
  consents: ShownConsent[];
  requests: ShownRequest[];
  reads: ShownRead[];
  /** When the page was opened with the card, newest first. */
  visits: Date[];
  /** The last request for erasure, and its outcome. */
  erasure: ShownErasure | null;
}

const named = (alias: string) => `jsonb_build_object('ja', ${alias}.name_ja, 'en', ${alias}.name_en)`;

/** Reads everything of a person at all parties, of ended entries the newest `mostEnded` of each kind. None of it is sent to any app. */
export async function everythingOf(
  connection: Connection,
  personId: string,
  { now, mostEnded }: { now: Date; mostEnded: number },
): Promise<Everything> {
  const enrolments = await connection.query<ShownEnrolment>({
    name: "page-enrolments",
    text: `with mine as (
             select e.id, ${named("p")} as party, e.app_id as "appId", e.state,
               exists (select 1 from certificate_notices n where n.about = e.id) as "isNewPhone",
               f.enrolment_id is not null as "isStopped", coalesce(c.not_after < $3, false) as "isOver", e.created_at as "createdAt", c.not_after as "notAfter",
               row_number() over (partition by e.state in ('active', 'applied') order by e.created_at desc, e.id) as place
             from enrolments e join parties p on p.id = e.party_id
               left join certificates c on c.enrolment_id = e.id
               left join frozen_enrolments f on f.enrolment_id = e.id
             where e.person_id = $1 and (e.state <> 'ended' or c.id is not null))
           select id, party, "appId", state, "isNewPhone", "isStopped", "isOver", "createdAt", "notAfter"
           from mine where state in ('active', 'applied') or place <= $2
           order by state in ('active', 'applied') desc, "createdAt" desc, id`,
    values: [personId, mostEnded, now],
  });
  const consents = await connection.query<ShownConsent>({
    name: "page-consents",
    text: `with mine as (
             select c.id, c.kind, case when p.id is not null then ${named("p")} end as party,
               case when l.id is not null then jsonb_build_object('dataset', ${inBoth("l.dataset")},
                 'purpose', ${inBoth("l.purpose")}, 'fromName', ${named("g")}, 'toName', ${named("t")}) end as link,
               c.attributes, case when w.is_over then 'expired' else c.state end as state, c.revision,
               c.created_at as "createdAt", c.valid_until as "validUntil",
               case when w.is_over then c.valid_until else c.ended_at end as "endedAt",
               row_number() over (partition by ${isInForce("c", "$3")} order by c.created_at desc, c.id) as place
             from consents c
               cross join lateral (select c.state = 'in-force' and not ${isInForce("c", "$3")} as is_over) w
               left join parties p on p.id = c.party_id
               left join (links l join parties g on g.id = l.from_party_id join parties t on t.id = l.to_party_id)
                 on l.id = c.link_id
             where c.person_id = $1)
           select id, kind, party, link, attributes, state, revision, "createdAt", "validUntil", "endedAt"
           from mine where state = 'in-force' or place <= $2
           order by state = 'in-force' desc, "createdAt" desc, id`,
    values: [personId, mostEnded, now],
  });
  const requests = await connection.query<ShownRequest>({
    name: "page-link-requests",
    text: `with mine as (
             select r.id, ${named("g")} as "fromName", ${named("t")} as "toName", ${inBoth("r.dataset")} as dataset,
               ${inBoth("r.purpose")} as purpose, w.state, r.created_at as "askedAt",
               coalesce(r.closed_at, r.expires_at) as "endsAt",
               exists (select 1 from enrolments e where e.person_id = $1 and e.party_id = r.from_party_id and e.state = 'active')
                 and exists (select 1 from enrolments e where e.person_id = $1 and e.party_id = r.to_party_id and e.state = 'active')
                 and ${isRegistered("r")} as "isGrantable",
               row_number() over (partition by w.state = 'open' order by r.created_at desc, r.id) as place
             from link_requests r join parties g on g.id = r.from_party_id join parties t on t.id = r.to_party_id,
               lateral (select case when r.state = 'open' and r.expires_at <= $2 then 'expired' else r.state end as state) w
             where r.person_id = $1)
           select id, "fromName", "toName", dataset, purpose, state, "askedAt", "endsAt", "isGrantable"
           from mine where state = 'open' or place <= $3
           order by state = 'open' desc, "askedAt" desc, id`,
    values: [personId, now, mostEnded],
  });
  const reads = await connection.query<ShownRead>({
    name: "page-reads",
    text: `with each as (
             select party_id, attributes = '{}' as refused, times, read_at as first_at, coalesce(last_read_at, read_at) as last_at,
               case when attributes = '{}' then coalesce(asked, '{}') else attributes end as attributes
             from attribute_reads where person_id = $1
             union all
             select party_id, true, times, first_at, last_at, asked from refused_reads where person_id = $1)
           select ${named("p")} as party, a.refused as "isRefused", a.attributes, a.times, a."firstAt", a."readAt"
           from (select party_id, refused, attributes, sum(times)::int as times, min(first_at) as "firstAt",
                   max(last_at) as "readAt"
                 from (select party_id, refused, times, first_at, last_at,
                         array(select unnest(attributes) order by 1) as attributes from each) sorted
                 group by party_id, refused, attributes) a join parties p on p.id = a.party_id
           order by a."readAt" desc, p.id, a.refused, a.attributes`,
    values: [personId],
  });
  // A visit has a person once it accepted a card, whatever its outcome.
  const visits = await connection.query<{ answeredAt: Date }>({
    name: "page-visits-shown",
    text: `select answered_at as "answeredAt" from page_visits
           where person_id = $1 and answered_at is not null order by answered_at desc limit $2`,
    values: [personId, mostEnded],
  });
  const erasure = await connection.query<ShownErasure>({
    name: "page-erasure",
    text: `select state, reason, asked_at as "askedAt", closed_at as "closedAt" from erasure_requests where person_id = $1
           order by asked_at desc, id limit 1`,
    values: [personId],
  });
  return {
    enrolments: enrolments.rows,
    consents: consents.rows,
    requests: requests.rows,
    reads: reads.rows,
    visits: visits.rows.map(({ answeredAt }) => answeredAt),
    erasure: erasure.rows[0] ?? null,
  };
}
