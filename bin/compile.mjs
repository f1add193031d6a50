import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { filesBelow } from "./files-below.mjs";
import { movedModules } from "./moved-modules.mjs";
import { linkPackages } from "./package-build.mjs";
import { Refusal, step } from "./progress.mjs";
import { capture } from "./run.mjs";

/** The compiler's incremental state, stored with its output: they are deleted together. */
const BUILD_INFO = ".tsbuildinfo";

const CONFIGURATION = ["package-lock.json", "tsconfig.json", "tsconfig.build.json"];

/**
 * The stamp of the sources: a hash over path, mtime and size of every file that ends up in dist/.
 * @param {string} root folder of the clone
 */
async function survey(root) {
  const { include } = JSON.parse(await readFile(join(root, "tsconfig.json"), "utf8"));
  const folders = include.filter((folder) => folder !== "test" && !folder.startsWith("docs"));
  const all = (await Promise.all(folders.map((folder) => filesBelow(root, folder)))).flat();
  const files = all.filter((path) => !isAboutPackage(path));
  const bin = (await filesBelow(root, "bin")).filter((path) => path.endsWith(".mjs"));
  const pages = await filesBelow(root, "pages");
  const hash = createHash("sha256");
  for (const path of [...CONFIGURATION, ...bin, ...pages, ...files].toSorted(byCodeUnits)) {
    const { mtimeMs, size } = await stat(join(root, path));
    hash.update(`${path}\0${mtimeMs}\0${size}\n`);
  }
  return { stamp: hash.digest("hex"), files };
}

/** Files for readers or for the package only: not part of the program. */
const isAboutPackage = (path) => /(^|\/)(README\.md|LICENSE|package\.json)$/.test(path);

const byCodeUnits = (a, b) => (a < b ? -1 : 1);

/** Whether dist/ was built from the current sources. */
export async function buildIsCurrent(root) {
  const held = await readFile(join(root, "dist/.stamp"), "utf8").catch(() => undefined);
  return held !== undefined && held === (await survey(root)).stamp;
}

/**
 * Builds dist/: compiles TypeScript, copies every other file (SQL, PEM, .mjs), bundles the workflows, and builds the pages.
 * Removes files of a former build that this one did not write.
 */
export async function build(root) {
  const dist = join(root, "dist");
  const { stamp, files } = await survey(root);
  const written = new Set([".stamp", ".lock", BUILD_INFO, "workflow-bundle.js"]);
  await step("build: TypeScript", async () => {
    await rm(join(dist, ".stamp"), { force: true });
    // The compiler writes only what changed, and does not check that the rest exists.
    if (await isAnyMissing(dist, files)) await rm(join(dist, BUILD_INFO), { force: true });
    await run(root, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
    for (const path of files) {
      if (path.endsWith(".ts")) {
        const output = outputOf(path);
        written.add(output).add(`${output}.map`);
      } else {
        await mkdir(dirname(join(dist, path)), { recursive: true });
        await copyFile(join(root, path), join(dist, path));
        written.add(path);
      }
    }
    for (const [path, text] of Object.entries(movedModules)) {
      await mkdir(dirname(join(dist, path)), { recursive: true });
      await writeFile(join(dist, path), text);
      written.add(path);
    }
    for (const path of await filesBelow(dist, "")) {
      if (!written.has(path) && !path.startsWith("pages/")) await rm(join(dist, path), { force: true });
    }
  });
  if (written.has("workflows/index.js")) {
    await step("build: workflow bundle", () =>
      run(root, [fileURLToPath(new URL("./bundle.mjs", import.meta.url)), dist]),
    );
  }
  await linkPackages(root);
  await step("build: pages", async () => {
    const vite = join(root, "node_modules/vite/bin/vite.js");
    await run(root, [vite, "build", "pages"]);
    // A separate tree: the gateway serves it, and none of the simulated world's pages.
    await run(root, [vite, "build", "pages/console"]);
  });
  await writeFile(join(dist, ".stamp"), stamp);
}

const outputOf = (path) => path.replace(/\.ts$/, ".js");

async function isAnyMissing(dist, files) {
  const held = new Set(await filesBelow(dist, ""));
  return files.some((path) => path.endsWith(".ts") && !held.has(outputOf(path)));
}

async function run(root, args) {
  const { code, output } = await capture(process.execPath, args, { cwd: root });
  if (code !== 0) throw new Refusal(`the build failed; correct this and start again:\n${output.trim()}`);
}
