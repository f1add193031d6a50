import { randomBytes, randomUUID } from "node:crypto";
import { isInForce } from "../consent/in-force.ts";
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
import type { RegisteredTerms } from "./datasets.ts";

/** A link between two parties, with each party's identifiers for it and for the person. */
export interface Link {
  id: string;
  personId: string;
  fromPartyId: string;
  toPartyId: string;
  dataset: string;
  purpose: string;
  fromLinkId: string;
  toLinkId: string;
  fromSubject: string;
  toSubject: string;
}

const columns = `l.id, l.person_id as "personId", l.from_party_id as "fromPartyId", l.to_party_id as "toPartyId",
  l.dataset, l.purpose, l.from_link_id as "fromLinkId", l.to_link_id as "toLinkId",
  l.from_subject as "fromSubject", l.to_subject as "toSubject"`;

/** 130 random bits: a unique identifier without meaning. */
const newSubject = (): string => randomBytes(17).toString("base64url").replaceAll(/[_-]/g, "x").slice(0, 22);

/** Creates a link whose consent is about to be requested. It has no effect until the consent is in force. */
export async function addLink(
  connection: Connection,
  personId: string,
  terms: RegisteredTerms,
  now: Date,
): Promise<string> {
  const id = randomUUID();
  await connection.query({
    name: "add-link",
    text: `insert into links (id, person_id, from_party_id, to_party_id, dataset, purpose, from_link_id, to_link_id,
             from_subject, to_subject, created_at, dataset_en, purpose_en)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    values: [
      id,
      personId,
      terms.from,
      terms.to,
      terms.dataset,
      terms.purpose,
      randomUUID(),
      randomUUID(),
      newSubject(),
      newSubject(),
      now,
      terms.inEnglish.dataset,
      terms.inEnglish.purpose,
    ],
  });
  return id;
}

export async function findLink(connection: Connection, id: string): Promise<Link | undefined> {
  return first(
    await connection.query<Link>({
      name: "find-link",
      text: `select ${columns} from links l where l.id = $1`,
      values: [id],
    }),
  );
}

/** Whether the person has a link with these terms in force at a given time, or requested just before it. */
export async function isLinked(
  connection: Connection,
  personId: string,
  terms: RegisteredTerms,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-linked",
    text: `select 1 from links l
           where l.person_id = $1 and l.from_party_id = $2 and l.to_party_id = $3 and l.dataset in ($4, $5)
             and (exists (select 1 from consents c where c.link_id = l.id and ${isInForce("c", "$6")})
               or exists (select 1 from consent_changes h
                          where h.link_id = l.id and h.act = 'grant' and h.outcome is null)) limit 1`,
    values: [personId, terms.from, terms.to, terms.dataset, terms.inEnglish.dataset, now],
  });
  return rowCount === 1;
}

/** A link with its consent's row. */
export interface StandingLink extends Link {
  state: "in-force" | "withdrawn" | "expired";
  validUntil: Date;
}

const standing = `select ${columns}, c.state, c.valid_until as "validUntil" from links l join consents c on c.link_id = l.id`;
const locking = {
  from: `${standing} where l.from_link_id = $1 and l.from_party_id = $2 for share of c`,
  to: `${standing} where l.to_link_id = $1 and l.to_party_id = $2 for share of c`,
};

/** A party's link by that party's id of it, its consent's row locked; `undefined` for any other. */
export async function lockLinkOfSide(
  connection: Connection,
  side: "from" | "to",
  { linkId, partyId }: { linkId: string; partyId: string },
): Promise<StandingLink | undefined> {
  return first(
    await connection.query<StandingLink>({
      name: `lock-link-${side}`,
      text: locking[side],
      values: [linkId, partyId],
    }),
  );
}

/** A link as listed for one of its parties. */
export type LinkOfParty = StandingLink & {
  sub: string;
  counterpart: { id: string; name: { ja: string; en: string } };
};

/**
 * A party's links, in both directions, those in force first, then the newest, with the person's pseudonym and the other party's
 * name there; only of persons who have enrolled at it.
 */
export async function linksOf(
  connection: Connection,
  partyId: string,
  wanted: Wanted,
): Promise<ListPage<LinkOfParty>> {
  const { rows } = await connection.query<Listed<LinkOfParty>>({
    name: "links-of",
    text: listed(
      [
        "id",
        "personId",
        "fromPartyId",
        "toPartyId",
        "dataset",
        "purpose",
        "fromLinkId",
        "toLinkId",
        "fromSubject",
        "toSubject",
        "state",
        "validUntil",
        "sub",
        "counterpart",
      ],
      `select ${columns}, (c.state = 'in-force')::int as rank, ${newestFirst("l.created_at")} as place, c.state, c.valid_until as "validUntil",
             e.sub,
             json_build_object('id', p.id, 'name', json_build_object('ja', p.name_ja, 'en', p.name_en)) as counterpart
           from links l join consents c on c.link_id = l.id
           join parties p on p.id = case when l.from_party_id = $1 then l.to_party_id else l.from_party_id end
           join lateral (select pseudonym as sub from enrolments where person_id = l.person_id and party_id = $1
                         and state not in ('applied', 'ended') limit 1) e on true
           where l.from_party_id = $1 or l.to_party_id = $1`,
      2,
    ),
    values: [partyId, ...pageValues(wanted)],
  });
  return listPage(rows, wanted);
}
