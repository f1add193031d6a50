import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Two operators of the CA under test, made as they make themselves, and the list of them.
 * @param {string} directory
 * @returns {Promise<string>} the list, for KAZASU_OPERATORS
 */
export async function makeOperators(directory) {
  const operators = await Promise.all(
    ["akira", "botan"].map(async (name) => {
      const key = join(directory, `${name}.json`);
      const args = ["bin/kazasu.mjs", "operation", "key", "--name", name, "--out", key];
      const { stdout } = await run(process.execPath, args);
      return JSON.parse(stdout);
    }),
  );
  const list = join(directory, "operators.yaml");
  await writeFile(list, JSON.stringify({ needed: 2, operators }));
  return list;
}
