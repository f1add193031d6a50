/** The packages of the root's `workspaces`: where each is, what its package.json says, and which files of the rooms are its own. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Whose a file is, by where it lies: the longest beginning wins. `at` is where it lies below the package's dist/.
 * The engine's client owns what only it uses of other rooms.
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
 * @property {string} folder of the room, below the root
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

/** Every file that a package's `exports` and `bin` name, as `./dist/…`, once. */
export function targetsOf({ exports: entries = {}, bin = {} }) {
  const flat = (value) => (typeof value === "string" ? [value] : Object.values(value ?? {}).flatMap(flat));
  return [...new Set([...flat(entries), ...flat(bin)])].filter((target) => target.startsWith("./dist/"));
}

/**
 * The name under which others import a file of a package.
 * @param {any} manifest of the package
 * @param {string} target as `./dist/…`
 * @throws Error where `exports` do not have it
 */
export function importedAs({ name, exports: entries }, target) {
  const found = Object.entries(entries).find(([, value]) => targetsOf({ exports: value }).includes(target));
  if (!found) throw new Error(`${name} exports no ${target}, which another package imports.`);
  return name + found[0].slice(1);
}
