/**
 * `npm run pack`: builds the packages of the root's `workspaces` and packs them, one `.tgz` each.
 *
 * - `--into DIR`: output folder (default: var/packages); names of packages: only these.
 * - `--build`: builds their dist/ and packs nothing; without a name, of the package in whose folder it is run: required by `npm
 * pack` (`prepack`).
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { prepare, root } from "./bootstrap.mjs";
import { buildPackages, withPackages } from "./package-build.mjs";
import { readPackages } from "./package-table.mjs";
import { fail, Refusal, step } from "./progress.mjs";
import { capture, stopWithParent } from "./run.mjs";

async function main(args) {
  await prepare();
  const all = await readPackages(root);
  const into = args.includes("--into") ? args[args.indexOf("--into") + 1] : join(root, "var/packages");
  if (into === undefined) throw new Refusal("--into requires a folder.");
  const named = args.filter((each) => each.startsWith("@"));
  const here = all.filter(({ folder }) => join(root, folder) === process.cwd());
  const asked = named.length > 0 ? all.filter(({ name }) => named.includes(name)) : here;
  const wanted = asked.length > 0 ? asked : all;
  await mkdir(into, { recursive: true });
  await withPackages(root, async () => {
    await step("packages: build", () => buildPackages(root, wanted, all));
    if (args.includes("--build")) return;
    for (const each of wanted) process.stdout.write(`${join(into, await pack(each, into))}\n`);
  });
}

/** @returns {Promise<string>} the tarball's name */
async function pack({ name, folder, manifest }, into) {
  const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", resolve(into)];
  const { code, output } = await capture("npm", args, { cwd: join(root, folder) });
  if (code !== 0) throw new Refusal(`npm pack of ${name} failed: ${output.trim()}`);
  return `${name.slice(1).replace("/", "-")}-${manifest.version}.tgz`;
}

stopWithParent();
await main(process.argv.slice(2)).catch(fail);
