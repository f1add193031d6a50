import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Generated folders: the build of a package, and npm's. */
const MADE = new Set(["dist", "node_modules"]);

/**
 * The files below a folder, without generated ones; none if the folder does not exist.
 * @param {string} root
 * @param {string} folder below it, with slashes; "" for the root itself
 * @returns {Promise<string[]>} paths below the root
 */
export async function filesBelow(root, folder) {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  const lists = entries.map(async (entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return MADE.has(entry.name) ? [] : filesBelow(root, path);
  });
  return (await Promise.all(lists)).flat();
}
