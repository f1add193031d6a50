import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Refusal, step } from "./progress.mjs";
import { capture } from "./run.mjs";

/**
 * Whether node_modules matches package-lock.json. Compares contents, not times, because a checkout changes times. Packages for
 * other platforms are optional and may be missing.
 * @param {string} root folder of the clone
 */
export async function packagesAreCurrent(root) {
  try {
    const wanted = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")).packages;
    const held = JSON.parse(await readFile(join(root, "node_modules/.package-lock.json"), "utf8")).packages;
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === "") return true;
      const found = held[path];
      if (!found) return entry.optional === true;
      // A link points to a workspace of this clone; one with a newer package.json is detected by its version.
      return found.version === entry.version && found.link === entry.link;
    });
  } catch {
    return false;
  }
}

/** Installs the npm packages of the lock file with `npm ci`. */
export async function installPackages(root) {
  await step("packages: npm ci", async () => {
    // --include=dev: the clone is built here, even where NODE_ENV=production is set.
    const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
    const { code, output } = await capture("npm", args, { cwd: root });
    if (code === 0) return;
    const errors = output
      .split("\n")
      .filter((line) => /^npm error .*\w/.test(line) && !line.includes("complete log"));
    const words = errors.slice(0, 4).map((line) => line.replace("npm error ", ""));
    throw new Refusal(
      `npm ci failed, so the packages of package-lock.json are not there: check that npm is installed and the npm ` +
        `registry reachable, then run it by hand in ${root}. It said: ${(words.length > 0 ? words : [output.trim()]).join(" / ")}`,
    );
  });
}
