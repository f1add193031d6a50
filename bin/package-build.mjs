/** The packages' dist/, built from the compiled folders by one process at a time. */
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { buildCode, compilePackages } from "./package-code.mjs";
import { buildProgram } from "./package-program.mjs";
import { readManifest, readPackages } from "./package-table.mjs";

/** Prevents other processes from rebuilding them while they are built and read. */
export const withPackages = (root, work) => withLock(join(root, "var/packages/.lock"), work);

/**
 * Builds these packages, with types. In {@link withPackages}.
 * @param {string} root folder of the clone, which is built
 * @param {import("./package-table.mjs").Package[]} wanted
 * @param {import("./package-table.mjs").Package[]} all
 */
export async function buildPackages(root, wanted, all) {
  const code = wanted.filter(({ program }) => !program);
  if (code.length > 0) await compilePackages(root);
  for (const each of code) await buildCode(root, each, all);
  const manifest = await readManifest(root, "");
  for (const each of wanted.filter(({ program }) => program)) await buildProgram(root, each, manifest);
}

/**
 * For programs of this clone, which import the packages by name through npm's links: from the build's output, without types.
 */
export async function linkPackages(root) {
  const all = await readPackages(root);
  await withPackages(root, async () => {
    for (const each of all.filter(({ program }) => !program))
      await buildCode(root, each, all, { compiledIn: "dist", types: false });
  });
}
