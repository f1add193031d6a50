/**
 * Builds the dist/ of a program's package: `bin/` and `dist/` as in a clone, compiled, including the SDKs. Contains the files
 * that its program reaches; all of the engine if that is `kazasu` itself.
 */
import { copyFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { filesBelow } from "./files-below.mjs";
import { requireDependencies } from "./package-code.mjs";
import { assetsOf, importsOf, packageOf, resolved } from "./package-imports.mjs";
import { targetsOf } from "./package-table.mjs";

/** Files that the sandbox starts by a path without an import. */
const WHOLE = { "@kazasu/sandbox": ["dist"] };
const isLeftOut = (path) => path.endsWith(".map") || /^dist\/(bench\/|\.)/.test(path);

/**
 * @param {string} root folder of the clone, which is built
 * @param {import("./package-table.mjs").Package} wanted
 * @param {any} rootManifest package.json of the root
 */
export async function buildProgram(root, wanted, rootManifest) {
  const target = join(root, wanted.folder, "dist");
  await rm(target, { recursive: true, force: true });
  const used = new Set();
  const waiting = targetsOf(wanted.manifest).map((path) => path.slice("./dist/".length));
  for (const folder of WHOLE[wanted.name] ?? [])
    waiting.push(...(await filesBelow(root, folder)).filter((path) => !isLeftOut(path)));
  const done = new Set();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    await mkdir(dirname(join(target, path)), { recursive: true });
    await copyFile(join(root, path), join(target, path));
    if (!/\.[cm]?js$/.test(path) || path.startsWith("dist/pages/") || path === "dist/workflow-bundle.js")
      continue;
    const text = await readFile(join(root, path), "utf8");
    for (const specifier of importsOf(path, text))
      if (specifier.startsWith(".")) waiting.push(resolved(path, specifier));
      else if (packageOf(specifier) !== undefined) used.add(packageOf(specifier));
    for (const asset of assetsOf(text)) {
      const file = posix.join(posix.dirname(path), asset);
      if ((await stat(join(root, file)).catch(() => undefined))?.isFile()) waiting.push(file);
    }
  }
  const { name, version, type } = rootManifest;
  await writeFile(join(target, "package.json"), `${JSON.stringify({ name, version, type }, null, 2)}\n`);
  requireDependencies(wanted, used, {
    optional: Object.keys(rootManifest.optionalDependencies),
    held: Object.keys(rootManifest.overrides),
  });
}
