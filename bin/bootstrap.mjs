import { existsSync } from "node:fs";
import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBinary, provideBinary } from "./binaries.mjs";
import { build, buildIsCurrent } from "./compile.mjs";
import { withLock } from "./lock.mjs";
import { checkNode } from "./node-version.mjs";
import { installPackages, packagesAreCurrent } from "./packages.mjs";
import { Refusal } from "./progress.mjs";

/** The folder of the clone. */
export const root = fileURLToPath(new URL("..", import.meta.url));

const VARIABLES = { temporal: "KAZASU_TEMPORAL_CLI", "temporal-test-server": "KAZASU_TEMPORAL_TEST_SERVER" };

/**
 * Prepares the clone to run: Node version, npm packages, dist/, and the requested programs. Takes some milliseconds if
 * everything exists. Without sources (a container image) only the version is checked.
 * @param {{ rebuild?: boolean, fetch?: string[], find?: string[] }} [wanted] names of binaries.json: `fetch` if missing; `find`
 *   only looks for them
 * @returns {Promise<Record<string, string>>} environment variables with the paths of the programs
 * @throws {Refusal} one sentence saying what is missing and what to do
 */
export async function prepare({ rebuild = false, fetch = [], find = [] } = {}) {
  checkNode(process.versions.node);
  if (existsSync(join(root, "tsconfig.build.json"))) await prepareClone(rebuild);
  const environment = {};
  for (const name of fetch) environment[VARIABLES[name]] = await provideBinary(name);
  for (const name of find) {
    const path = await findBinary(name).catch(() => undefined);
    if (path !== undefined) environment[VARIABLES[name]] = path;
  }
  return environment;
}

async function prepareClone(rebuild) {
  const ready = async () => !rebuild && (await packagesAreCurrent(root)) && (await buildIsCurrent(root));
  if (await ready()) return;
  const dist = join(root, "dist");
  try {
    await mkdir(dist, { recursive: true });
    await access(dist, constants.W_OK);
  } catch {
    throw new Refusal(`${root} must be built but is not writable: clone it to a folder you can write to.`);
  }
  await withLock(join(dist, ".lock"), async () => {
    if (await ready()) return; // another process has done it in the meantime
    if (!(await packagesAreCurrent(root))) await installPackages(root);
    if (rebuild || !(await buildIsCurrent(root))) await build(root);
  });
}
