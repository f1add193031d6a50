import type { NoticeReference } from "../../protocol/challenge.ts";
import type { IssuerName } from "../../protocol/issuer.ts";
import type { LinkDataset } from "../../protocol/link.ts";
import { type Connection, first } from "../database.ts";
import { registerDatasets } from "../link/datasets.ts";

export interface Party {
  id: string;
  name: { ja: string; en: string };
  apps: App[];
}

export interface App {
  id: string;
  attestation: "required" | "optional";
  /** The certificate profile of its phones. Default `basic`. */
  profile?: "basic" | "attribute";
}

export interface Notice extends NoticeReference {
  text: string;
}

/** A party to be registered; without `datasets` its registered datasets are unchanged. */
export type NewParty = Party & { datasets?: readonly LinkDataset[] | undefined };

/** Registers a party and its apps, or renews their names and rules. */
export async function registerParty(connection: Connection, party: NewParty): Promise<void> {
  await connection.query(
    `insert into parties (id, name_ja, name_en) values ($1, $2, $3)
     on conflict (id) do update set name_ja = excluded.name_ja, name_en = excluded.name_en`,
    [party.id, party.name.ja, party.name.en],
  );
  for (const app of party.apps) {
    await connection.query(
      `insert into apps (party_id, id, attestation, profile) values ($1, $2, $3, $4)
       on conflict (party_id, id) do update
         set attestation = excluded.attestation, profile = excluded.profile`,
      [party.id, app.id, app.attestation, app.profile ?? "basic"],
    );
  }
  if (party.datasets) await registerDatasets(connection, party.id, party.datasets);
}

interface PartyRow {
  id: string;
  name_ja: string;
  name_en: string;
  apps: Party["apps"];
}

const columns = `p.id, p.name_ja, p.name_en, coalesce(
          (select json_agg(json_build_object('id', a.id, 'attestation', a.attestation, 'profile', a.profile)) from apps a where a.party_id = p.id),
          '[]'::json) as apps`;

const fromRow = (row: PartyRow): Party => ({
  id: row.id,
  name: { ja: row.name_ja, en: row.name_en },
  apps: row.apps,
});

/** The party by its id, with its apps. */
export async function findParty(connection: Connection, id: string): Promise<Party | undefined> {
  const row = first(
    await connection.query<PartyRow>({
      name: "find-party",
      text: `select ${columns} from parties p where p.id = $1`,
      values: [id],
    }),
  );
  return row && fromRow(row);
}

/** The party of a client, with its apps. */
export async function findPartyOfClient(
  connection: Connection,
  clientId: string,
): Promise<Party | undefined> {
  const row = first(
    await connection.query<PartyRow>({
      name: "find-party-of-client",
      text: `select ${columns} from parties p join party_clients c on c.party_id = p.id where c.id = $1`,
      values: [clientId],
    }),
  );
  return row && fromRow(row);
}

export interface RegisteredParty extends Party {
  datasets: LinkDataset[];
  /** `jwks`: the registered public keys; `null` if they are read from `jwksUri`. */
  clients: {
    id: string;
    issuer: IssuerName;
    redirectUris: string[];
    backchannel: string | null;
    jwks: unknown;
    jwksUri: string | null;
  }[];
}

/** Every party with its apps, its clients, and its datasets, by id. */
export async function listParties(connection: Connection): Promise<RegisteredParty[]> {
  const { rows } = await connection.query<RegisteredParty>(
    `select p.id, json_build_object('ja', p.name_ja, 'en', p.name_en) as name,
       coalesce((select json_agg(json_build_object('id', a.id, 'attestation', a.attestation, 'profile', a.profile)
                   order by a.id) from apps a where a.party_id = p.id), '[]'::json) as apps,
       coalesce((select json_agg(json_build_object('id', c.id, 'issuer', c.issuer, 'redirectUris', c.redirect_uris,
                   'backchannel', c.backchannel ->> 'delivery', 'jwks', c.jwks, 'jwksUri', c.jwks_uri) order by c.id)
                 from party_clients c where c.party_id = p.id), '[]'::json) as clients,
       coalesce((select json_agg(json_build_object(
                   'dataset', json_build_object('ja', d.dataset_ja, 'en', d.dataset_en),
                   'purpose', json_build_object('ja', d.purpose_ja, 'en', d.purpose_en)) order by d.dataset_ja)
                 from link_datasets d where d.party_id = p.id), '[]'::json) as datasets
     from parties p order by p.id`,
  );
  return rows;
}

/** The profile of an app's certificates. */
export async function profileOf(
  connection: Connection,
  { partyId, appId }: { partyId: string; appId: string },
): Promise<NonNullable<App["profile"]>> {
  const row = first(
    await connection.query<{ profile: NonNullable<App["profile"]> }>({
      name: "profile-of-app",
      text: "select profile from apps where party_id = $1 and id = $2",
      values: [partyId, appId],
    }),
  );
  if (!row) throw new Error("An enrolment is for an app that is not registered; the registry is damaged.");
  return row.profile;
}

/** Publishes a notice. The same text again changes nothing; another text requires another version. */
export async function publishNotice(connection: Connection, notice: Notice): Promise<void> {
  await connection.query(
    `insert into notices (sha256, id, purpose, version, language, text) values ($1, $2, $3, $4, $5, $6)
     on conflict (sha256) do nothing`,
    [notice.sha256, notice.id, notice.purpose, notice.version, notice.language, notice.text],
  );
}

/** Every notice ever published, without its text; the newest of each id and language first. */
export async function publishedNotices(connection: Connection): Promise<NoticeReference[]> {
  const { rows } = await connection.query<NoticeReference>({
    name: "published-notices",
    text: "select id, purpose, version, language, sha256 from notices order by id, language, published_at desc",
  });
  return rows;
}

/** The notice with this digest of its text. */
export async function findNotice(connection: Connection, sha256: string): Promise<Notice | undefined> {
  return first(
    await connection.query<Notice>({
      name: "find-notice",
      text: "select id, purpose, version, language, sha256, text from notices where sha256 = $1",
      values: [sha256],
    }),
  );
}
