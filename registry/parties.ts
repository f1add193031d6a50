import type { NoticeReference } from "../protocol/challenge.ts";
import { type Connection, first } from "./database.ts";

export interface Party {
  id: string;
  name: { ja: string; en: string };
  apps: { id: string; attestation: "required" | "optional" }[];
}

export interface Notice extends NoticeReference {
  text: string;
}

/** Registers a party and its apps, or renews their names and rules. */
export async function registerParty(connection: Connection, party: Party): Promise<void> {
  await connection.query(
    `insert into parties (id, name_ja, name_en) values ($1, $2, $3)
     on conflict (id) do update set name_ja = excluded.name_ja, name_en = excluded.name_en`,
    [party.id, party.name.ja, party.name.en],
  );
  for (const app of party.apps) {
    await connection.query(
      `insert into apps (party_id, id, attestation) values ($1, $2, $3)
       on conflict (party_id, id) do update set attestation = excluded.attestation`,
      [party.id, app.id, app.attestation],
    );
  }
}

/** The party by its id, with its apps. */
export async function findParty(connection: Connection, id: string): Promise<Party | undefined> {
  const row = first(
    await connection.query<{ name_ja: string; name_en: string; apps: Party["apps"] }>({
      name: "find-party",
      text: `select name_ja, name_en, coalesce(
          (select json_agg(json_build_object('id', a.id, 'attestation', a.attestation)) from apps a where a.party_id = p.id),
          '[]'::json) as apps
       from parties p where id = $1`,
      values: [id],
    }),
  );
  return row && { id, name: { ja: row.name_ja, en: row.name_en }, apps: row.apps };
}

/** Publishes a notice. The same text again changes nothing; another text needs another version. */
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
