/**
 * `npm run reference`: regenerates docs/reference/api from the packages: a page of each (TypeDoc), and its API report, which
 * shows in a review what changes for importers (API Extractor).
 *
 * - `--into DIR`: writes there instead; a test compares.
 */
import { cp, mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { prepare, root } from "./bootstrap.mjs";
import { buildPackages, withPackages } from "./package-build.mjs";
import { readPackages } from "./package-table.mjs";
import { packagesAreCurrent } from "./packages.mjs";
import { fail, Refusal, step } from "./progress.mjs";
import { capture, stopWithParent } from "./run.mjs";

const tools = join(root, "var/reference");

async function main(args) {
  const into = args.includes("--into") ? args[args.indexOf("--into") + 1] : join(root, "docs/reference/api");
  if (into === undefined) throw new Refusal("--into requires a folder.");
  await prepare();
  await mkdir(tools, { recursive: true });
  await cp(join(root, "bin/reference"), tools, { recursive: true });
  if (!(await packagesAreCurrent(tools)))
    await step("reference: npm ci", () =>
      must("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], tools),
    );
  const all = await readPackages(root);
  const code = all.filter(({ program }) => !program);
  await withPackages(root, async () => {
    await step("packages: build", () => buildPackages(root, code, all));
    await rm(into, { recursive: true, force: true });
    await step("reference: pages and reports", () =>
      must(process.execPath, [join(tools, "make.mjs"), root, resolve(into)], tools),
    );
  });
}

async function must(program, args, cwd) {
  const { code, output } = await capture(program, args, { cwd });
  if (code !== 0) throw new Refusal(`${[program, ...args].join(" ")} failed:\n${output.trim()}`);
}

stopWithParent();
await main(process.argv.slice(2)).catch(fail);
