/** Builds the dist/ of an imported package: the compiled files that its entries reach, and no others. */
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { assetsOf, importsOf, packageOf, relative, renameImports, resolved } from "./package-imports.mjs";
import { importedAs, ownerOf, targetsOf } from "./package-table.mjs";
import { Refusal } from "./progress.mjs";
import { capture } from "./run.mjs";

/** The output folder of tsconfig.packages.json: the compiled folders, with their types. */
const COMPILED = "var/packages/compiled";

/** Compiles the packages' sources, with types. */
export async function compilePackages(root) {
  await rm(join(root, COMPILED), { recursive: true, force: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { code, output } = await capture(process.execPath, [tsc, "-p", "tsconfig.packages.json"], {
    cwd: root,
  });
  if (code !== 0) throw new Refusal(`the packages do not compile:\n${output.trim()}`);
}

/**
 * @param {string} root folder of the clone, after {@link compilePackages}
 * @param {import("./package-table.mjs").Package} wanted
 * @param {import("./package-table.mjs").Package[]} all
 */
export async function buildCode(root, wanted, all, { compiledIn = COMPILED, types = true } = {}) {
  const manifests = new Map(all.map(({ name, manifest }) => [name, manifest]));
  const dist = join(root, wanted.folder, "dist");
  const compiled = (path) => join(root, compiledIn, path);
  await rm(dist, { recursive: true, force: true });
  const used = new Set();

  /** A specifier as written in the package: a path within the package, a name for another. */
  const rename = (from, waiting) => (specifier) => {
    if (!specifier.startsWith(".")) {
      const name = packageOf(specifier);
      if (name !== undefined) used.add(name);
      return specifier;
    }
    const path = resolved(from, specifier);
    const { owner, at } = ownerOf(path);
    if (owner === wanted.name) {
      waiting.push(path);
      return relative(ownerOf(from).at, at).replace(/\.d\.ts$/, ".js");
    }
    used.add(owner);
    return importedAs(manifests.get(owner), `./dist/${at.replace(/\.d\.ts$/, ".js")}`);
  };

  const waiting = entriesOf(wanted, types);
  const done = new Set();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    const text = await readFile(compiled(path), "utf8");
    const target = join(dist, ownerOf(path).at);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, renameImports(path, text, rename(path, waiting)));
    for (const asset of assetsOf(text)) {
      const source = join(root, dirname(path), asset);
      for (const specifier of importsOf(source, await readFile(source, "utf8")))
        used.add(packageOf(specifier));
      await copyFile(source, join(dirname(target), asset));
    }
  }
  if (types) requireDependencies(wanted, used);
}

/** The compiled files in the package's `exports`, code and types. */
function entriesOf({ name, folder, manifest }, types) {
  const own = (target) => `${folder}/${target.slice("./dist/".length)}`;
  const code = targetsOf(manifest)
    .filter((target) => target.endsWith(".js"))
    .map(own);
  for (const path of code)
    if (ownerOf(path).owner !== name) throw new Error(`${name} exports ${path}, which is not its own.`);
  return types ? code.flatMap((path) => [path, path.replace(/\.js$/, ".d.ts")]) : code;
}

/**
 * Requires that the imports are exactly the dependencies in package.json.
 * @param {{ optional?: string[], held?: string[] }} [beside] imports that need no dependency, and dependencies that only pin
 *   the version of an indirect one
 */
export function requireDependencies({ name, manifest }, used, { optional = [], held = [] } = {}) {
  const said = Object.keys(manifest.dependencies ?? {});
  const missing = [...used].filter((each) => !said.includes(each) && !optional.includes(each));
  const idle = said.filter((each) => !used.has(each) && !held.includes(each));
  if (missing.length + idle.length === 0) return;
  const words = [
    ...missing.map((each) => `imports ${each}, which its dependencies lack`),
    ...idle.map((each) => `names ${each} among its dependencies and does not import it`),
  ];
  throw new Refusal(`${name} ${words.toSorted().join("; ")}`);
}
