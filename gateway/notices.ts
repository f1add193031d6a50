import type { NoticeReference } from "../protocol/challenge.ts";
import { type Connection } from "../registry/database.ts";
import { publishedNotices } from "../registry/party/parties.ts";

/** The newest version of each notice in each language: what a challenge offers. */
export async function offeredNotices(connection: Connection): Promise<NoticeReference[]> {
  const newest = new Map<string, NoticeReference>();
  for (const notice of await publishedNotices(connection)) {
    // Two parties are linked later, in the app: nothing of it is agreed to at a tap.
    if (notice.purpose === "link") continue;
    const key = `${notice.id}/${notice.language}`;
    if (!newest.has(key)) newest.set(key, notice);
  }
  return [...newest.values()];
}
