import type { LinkTerms } from "../protocol/link.ts";
import { type Consent, consentColumns } from "./consents.ts";
import type { Connection } from "./database.ts";
import type { Enrolment } from "./enrolments.ts";
import {
  type Listed,
  type ListPage,
  listed,
  listPage,
  newestFirst,
  pageValues,
  type Wanted,
} from "./list-page.ts";
import type { Party } from "./parties.ts";

/** A consent with what its person is shown beside it. */
export interface ListedConsent extends Consent {
  link: LinkTerms | null;
  partyName: Party["name"] | null;
  /** The newest receipt. */
  receipt: string | null;
}

/**
 * The consents an enrolment may see: its party's, those towards the register, and the links of its party; of the same person
 * alone. Those in force first, its party's and the register's before links, of which there may be many; then the newest.
 */
export async function consentsShownTo(
  connection: Connection,
  { personId, partyId }: Pick<Enrolment, "personId" | "partyId">,
  wanted: Wanted,
): Promise<ListPage<ListedConsent>> {
  const { rows } = await connection.query<Listed<ListedConsent>>({
    name: "consents-shown-to",
    text: listed(
      `select ${consentColumns},
             case when p.id is not null then jsonb_build_object('ja', p.name_ja, 'en', p.name_en) end as "partyName",
             case when l.id is not null then jsonb_build_object('from', l.from_party_id, 'to', l.to_party_id,
               'dataset', l.dataset, 'purpose', l.purpose) end as link,
             (select receipt from consent_changes h where h.consent_id = c.id and h.receipt is not null
              order by h.revision desc limit 1) as receipt,
             case when c.state <> 'in-force' then 0 when c.kind = 'link' then 1 else 2 end as rank,
             ${newestFirst("c.created_at")} as place
           from consents c left join parties p on p.id = c.party_id left join links l on l.id = c.link_id
           where c.person_id = $1
             and (c.party_id = $2 or c.kind = 'register-refresh' or l.from_party_id = $2 or l.to_party_id = $2)
`,
      3,
    ),
    values: [personId, partyId, ...pageValues(wanted)],
  });
  return listPage(rows, wanted);
}
