import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal, step } from "../../bin/progress.mjs";
import { capture } from "../../bin/run.mjs";

const requirements = fileURLToPath(new URL("../../docs/interop/python/requirements.txt", import.meta.url));

/**
 * Installs pyHanko, joserfc and all that they need, at the versions of docs/interop/python/requirements.txt, in a venv beside
 * `home`, once for those who want it. Resolves to the variable with the folder of its programs.
 * @param {string} home
 */
export default async function prepare(home) {
  const state = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 16);
  const venv = join(home, "../python", state);
  const programs = join(venv, "bin");
  const done = join(venv, "done");
  if (!existsSync(done)) {
    await step("docs/interop/python: pip install", async () => {
      await mkdir(dirname(venv), { recursive: true });
      await must("python3", ["-m", "venv", venv], "install python3 with its venv module");
      const install = ["install", "--quiet", "--no-deps", "--requirement", requirements];
      await must(join(programs, "pip"), install, "look whether PyPI can be reached");
      await writeFile(done, "");
    });
  }
  return { KAZASU_PYTHON: programs };
}

async function must(program, args, advice) {
  const { code, output } = await capture(program, args);
  if (code !== 0) throw new Refusal(`${program} failed: ${advice}. It said: ${output.trim().slice(-300)}`);
}
