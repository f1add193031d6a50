import { randomUUID } from "node:crypto";
import type { LinkTerms } from "../../protocol/link.ts";
import { lockText } from "../advisory-locks.ts";
import { type Connection, first } from "../database.ts";
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
import { required } from "../required.ts";
import { inBoth, type RegisteredTerms } from "./datasets.ts";

/** A link request, as one of its parties sees it. */
export interface LinkRequestRow {
  /** This party's own id of it. */
  requestId: string;
  role: "gives" | "receives";
  link: LinkTerms;
  state: "open" | "granted" | "declined" | "taken-back";
  expiresAt: Date;
}

export interface NewLinkRequest {
  personId: string;
  terms: RegisteredTerms;
  /** The requesting enrolment, and SHA-256 (base64url) of the message that its device key signed. */
  askedBy: string;
  digest: string;
  createdAt: Date;
  expiresAt: Date;
}

const sideOf = (party: string) =>
  `case when r.from_party_id = ${party} then r.giving_id else r.receiving_id end`;
const columnsFor = (party: string) => `${sideOf(party)} as "requestId",
  case when r.from_party_id = ${party} then 'gives' else 'receives' end as role,
  jsonb_build_object('from', r.from_party_id, 'to', r.to_party_id, 'dataset', r.dataset, 'purpose', r.purpose) as link,
  r.state, r.expires_at as "expiresAt"`;

/** Serialises link requests to a person until the transaction ends. */
export async function lockLinksOf(connection: Connection, personId: string): Promise<void> {
  await lockText(connection, "linksOfPerson", personId);
}

export async function addLinkRequest(connection: Connection, request: NewLinkRequest): Promise<string> {
  const { personId, terms, askedBy, digest, createdAt, expiresAt } = request;
  const receivingId = randomUUID();
  await connection.query({
    name: "add-link-request",
    text: `insert into link_requests (id, giving_id, receiving_id, person_id, from_party_id, to_party_id, dataset, purpose,
             asked_by, digest, created_at, expires_at, dataset_en, purpose_en)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    values: [
      randomUUID(),
      randomUUID(),
      receivingId,
      personId,
      terms.from,
      terms.to,
      terms.dataset,
      terms.purpose,
      askedBy,
      digest,
      createdAt,
      expiresAt,
      terms.inEnglish.dataset,
      terms.inEnglish.purpose,
    ],
  });
  return receivingId;
}

/** The request that this exact message created, or an open one with the same terms. */
export async function findSameRequest(
  connection: Connection,
  { personId, terms, askedBy, digest, createdAt }: NewLinkRequest,
): Promise<LinkRequestRow | undefined> {
  return first(
    await connection.query<LinkRequestRow>({
      name: "find-same-link-request",
      text: `select ${columnsFor("$2")} from link_requests r
             where (r.asked_by = $3 and r.digest = $4)
                or (r.person_id = $1 and r.from_party_id = $5 and r.to_party_id = $2 and r.dataset = $6 and r.purpose = $7
                    and r.state = 'open' and r.expires_at > $8)
             order by r.digest = $4 desc limit 1`,
      values: [personId, terms.to, askedBy, digest, terms.from, terms.dataset, terms.purpose, createdAt],
    }),
  );
}

/** The number of requests by a party to a person since a given time. */
export async function requestsSince(
  connection: Connection,
  { personId, toPartyId, since }: { personId: string; toPartyId: string; since: Date },
): Promise<number> {
  const { rows } = await connection.query<{ count: number }>({
    name: "link-requests-since",
    text: `select count(*)::int as count from link_requests
           where person_id = $1 and to_party_id = $2 and created_at > $3`,
    values: [personId, toPartyId, since],
  });
  return required(rows[0], "The row that a statement returns").count;
}

/** A party's request by that party's id of it, its row locked. */
export async function lockRequestOfSide(
  connection: Connection,
  { requestId, personId, partyId }: { requestId: string; personId: string; partyId: string },
): Promise<LinkRequestRow | undefined> {
  return first(
    await connection.query<LinkRequestRow>({
      name: "lock-link-request",
      text: `select ${columnsFor("$3")} from link_requests r
             where r.person_id = $2 and ((r.giving_id = $1 and r.from_party_id = $3)
               or (r.receiving_id = $1 and r.to_party_id = $3)) for update`,
      values: [requestId, personId, partyId],
    }),
  );
}

/** Closes an open request whose row is locked. */
export async function closeRequest(
  connection: Connection,
  requestId: string,
  state: "declined" | "taken-back",
  now: Date,
): Promise<void> {
  await connection.query({
    name: "close-link-request",
    text: `update link_requests set state = $2, closed_at = $3
           where (giving_id = $1 or receiving_id = $1) and state = 'open'`,
    values: [requestId, state, now],
  });
}

/** Marks as granted the requests that this link answers. */
export async function grantRequestsOf(connection: Connection, linkId: string, now: Date): Promise<void> {
  await connection.query({
    name: "grant-link-requests",
    text: `update link_requests r set state = 'granted', closed_at = $2, link_id = l.id from links l
           where l.id = $1 and r.person_id = l.person_id and r.from_party_id = l.from_party_id
             and r.to_party_id = l.to_party_id and r.dataset in (l.dataset, l.dataset_en) and r.state = 'open'`,
    values: [linkId, now],
  });
}

/** The grant of this link was refused: opens its requests again. */
export async function reopenRequestsOf(connection: Connection, linkId: string): Promise<void> {
  await connection.query({
    name: "reopen-link-requests",
    text: `update link_requests set state = 'open', closed_at = null, link_id = null
           where link_id = $1 and state = 'granted'`,
    values: [linkId],
  });
}

const places = (isOpen: string): string =>
  `case when ${isOpen} then ${oldestFirst("r.created_at")} else ${newestFirst("r.created_at")} end`;

/**
 * A person's requests as one party sees them: open ones first, oldest first; then the newest. The giving party is not shown
 * requests in the asking app's own words, which exist from before datasets were registered.
 */
export async function linkRequestsShownTo(
  connection: Connection,
  { personId, partyId }: { personId: string; partyId: string },
  { since, now }: { since: Date; now: Date },
  wanted: Wanted,
): Promise<ListPage<LinkRequestRow>> {
  const { rows } = await connection.query<Listed<LinkRequestRow>>({
    name: "link-requests-shown",
    text: listed(
      ["requestId", "role", "link", "state", "expiresAt"],
      `select ${sideOf("$2")} as id, ${columnsFor("$2")}, w.waits::int as rank, ${places("w.waits")} as place
       from link_requests r, lateral (select r.state = 'open' and r.expires_at > $4 as waits) w
           where r.person_id = $1 and (r.from_party_id = $2 or r.to_party_id = $2)
             and (r.to_party_id = $2 or r.dataset_en is not null)
             and ((r.state = 'open' and r.expires_at > $4) or coalesce(r.closed_at, r.expires_at) > $3)`,
      5,
      {
        placeOf: (rank, id) =>
          `(select ${places(`${rank} = 1`)} from link_requests r where ${id} in (r.giving_id, r.receiving_id))`,
      },
    ),
    values: [personId, partyId, since, now, ...pageValues(wanted)],
  });
  return listPage(rows, wanted);
}

/** A person's open request, by its own id. */
export interface OpenRequest {
  id: string;
  givingId: string;
  terms: LinkTerms;
  dataset: Bilingual;
  purpose: Bilingual;
  fromName: Bilingual;
  toName: Bilingual;
}

type Bilingual = { ja: string; en: string };

/** This person's open request by its own id, its row locked. */
export async function lockRequestById(
  connection: Connection,
  { id, personId, now }: { id: string; personId: string; now: Date },
): Promise<OpenRequest | undefined> {
  return first(
    await connection.query<OpenRequest>({
      name: "lock-link-request-by-id",
      text: `select r.id, r.giving_id as "givingId",
               jsonb_build_object('from', r.from_party_id, 'to', r.to_party_id, 'dataset', r.dataset, 'purpose', r.purpose) as terms,
               ${inBoth("r.dataset")} as dataset, ${inBoth("r.purpose")} as purpose,
               jsonb_build_object('ja', g.name_ja, 'en', g.name_en) as "fromName",
               jsonb_build_object('ja', t.name_ja, 'en', t.name_en) as "toName"
             from link_requests r join parties g on g.id = r.from_party_id join parties t on t.id = r.to_party_id
             where r.id = $1 and r.person_id = $2 and r.state = 'open' and r.expires_at > $3 for update of r`,
      values: [id, personId, now],
    }),
  );
}
