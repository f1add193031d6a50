import type { NoticeReference } from "../protocol/challenge.ts";
import { type Connection } from "../registry/database.ts";
import { publishedNotices } from "../registry/parties.ts";

/** The newest version of each notice in each language: what a challenge offers. */
export async function offeredNotices(connection: Connection): Promise<NoticeReference[]> {
  const newest = new Map<string, NoticeReference>();
  for (const { id, purpose, version, language, sha256 } of await publishedNotices(connection)) {
    const key = `${id}/${language}`;
    if (!newest.has(key)) newest.set(key, { id, purpose, version, language, sha256 });
  }
  return [...newest.values()];
}
