import type { NoticeReference } from "../protocol/challenge.ts";
import { type Connection } from "../registry/database.ts";
import { publishedNotices } from "../registry/party/parties.ts";

/** The newest version of each notice in each language, as offered in a challenge. */
export async function offeredNotices(connection: Connection): Promise<NoticeReference[]> {
  const newest = new Map<string, NoticeReference>();
  for (const notice of await publishedNotices(connection)) {
    // Links are agreed to later, in the app, never at a tap.
    if (notice.purpose === "link") continue;
    const key = `${notice.id}/${notice.language}`;
    if (!newest.has(key)) newest.set(key, notice);
  }
  return [...newest.values()];
}
