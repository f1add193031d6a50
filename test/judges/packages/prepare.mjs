import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { Refusal, step } from "../../../bin/progress.mjs";
import { capture } from "../../../bin/run.mjs";

/** The releases of Node that the packages are for, beside the one that runs the tests. */
const versions = { node20: "20.20.0", node22: "22.23.3", node24: "24.9.0" };

/**
 * Fetches Node's programs from the npm registry, once: `KAZASU_NODES` names them, with what separates paths between them.
 * @param {string} home
 */
export default async function prepare(home) {
  const folder = join(home, Object.values(versions).join("-"));
  const programs = Object.keys(versions).map((name) => join(folder, "node_modules", name, "bin/node"));
  if (!programs.every((path) => existsSync(path)))
    await step("Node 20, 22 and 24: npm install", () => fetchIt(folder));
  return { KAZASU_NODES: programs.join(delimiter) };
}

async function fetchIt(folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  const platform = `node-${process.platform}-${process.arch}`;
  const wanted = Object.entries(versions).map(([name, version]) => `${name}@npm:${platform}@${version}`);
  const { code, output } = await capture("npm", ["install", "--no-audit", "--no-fund", ...wanted], {
    cwd: folder,
  });
  if (code === 0) return;
  throw new Refusal(
    `npm install of ${platform} failed: look whether the npm registry can be reached. It said: ${output.trim().slice(-300)}`,
  );
}
