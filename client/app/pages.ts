import { UntrustedAnswer } from "./gateway.ts";

/** Far more pages than a CA lists: an endless list is an error. */
const mostPages = 256;

/** Reads page after page. @throws UntrustedAnswer if a list does not end */
export async function allPages<T>(
  read: (after: string | undefined) => Promise<{ items: T[]; next: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let after: string | undefined;
  for (let count = 0; count < mostPages; count += 1) {
    const { items, next } = await read(after);
    all.push(...items);
    if (next === undefined) return all;
    after = next;
  }
  throw new UntrustedAnswer("The list does not end.");
}
