/** The packages of the root's `workspaces`: their folders, package.json, and files. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The package of a file, by its path: the longest prefix wins. `at` is the place below the package's dist/. The engine's client
 * owns the files of other folders that only it uses.
 */
const OWNERS = [
  { from: "protocol/", owner: "@kazasu/protocol", at: "" },
  { from: "pki/", owner: "@kazasu/pki", at: "" },
  { from: "client/app/", owner: "@kazasu/app", at: "" },
  { from: "client/relying-party/", owner: "@kazasu/relying-party", at: "" },
  { from: "client/engine/", owner: "@kazasu/engine", at: "" },
  { from: "client/data-converter/", owner: "@kazasu/engine", at: "data-converter/" },
  { from: "workflows/", owner: "@kazasu/engine", at: "workflows/" },
];

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} folder below the root
 * @property {any} manifest its package.json
 * @property {boolean} program whether it is run (`bin`) and stands alone; the others are imported
 */

/**
 * @param {string} root folder of the clone
 * @returns {Promise<Package[]>} in the order of `workspaces`
 */
export async function readPackages(root) {
  const { workspaces } = await readManifest(root, "");
  return Promise.all(
    workspaces.map(async (folder) => {
      const manifest = await readManifest(root, folder);
      return { name: manifest.name, folder, manifest, program: manifest.bin !== undefined };
    }),
  );
}

/** The package.json of a folder below the root. */
export const readManifest = async (root, folder) =>
  JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));

/**
 * @param {string} path of a file below the root, with slashes
 * @returns {{ owner: string, at: string }} the package, and the file's place below its dist/
 */
export function ownerOf(path) {
  const found = OWNERS.find(({ from }) => path.startsWith(from));
  if (!found) throw new Error(`${path} belongs to no package: what an SDK imports has to.`);
  return { owner: found.owner, at: found.at + path.slice(found.from.length) };
}

/** Every file in a package's `exports` and `bin`, as `./dist/…`, once. */
export function targetsOf({ exports: entries = {}, bin = {} }) {
  const flat = (value) => (typeof value === "string" ? [value] : Object.values(value ?? {}).flatMap(flat));
  return [...new Set([...flat(entries), ...flat(bin)])].filter((target) => target.startsWith("./dist/"));
}

/**
 * The name under which others import a file of a package.
 * @param {any} manifest of the package
 * @param {string} target as `./dist/…`
 * @throws Error if it is not in `exports`
 */
export function importedAs({ name, exports: entries }, target) {
  const found = Object.entries(entries).find(([, value]) => targetsOf({ exports: value }).includes(target));
  if (!found) throw new Error(`${name} exports no ${target}, which another package imports.`);
  return name + found[0].slice(1);
}
