import { randomUUID } from "node:crypto";
import { link, open, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Creates a file atomically and durably: it exists completely, even after a crash, or not at all.
 *
 * The content is written and synced under a temporary name and then linked: unlike a rename, a link never replaces a file
 * that another process has created. Throws with `code: "EEXIST"` if the file exists.
 */
export async function createDurably(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  const file = await open(temporary, "wx", mode);
  try {
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await link(temporary, path);
  } finally {
    await file.close();
    await unlink(temporary);
  }
  await syncDirectory(dirname(path));
}

/** Syncs a directory, so that its entries survive a power failure. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
