import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal, step } from "../../../bin/progress.mjs";
import { capture } from "../../../bin/run.mjs";

const requirements = fileURLToPath(
  new URL("../../../docs/interop/login-authlib/requirements.txt", import.meta.url),
);

/**
 * Installs Authlib with everything it needs, at the versions of requirements.txt, in a venv below `home`. openid-client is among
 * the clone's own packages.
 * @param {string} home
 */
export default async function prepare(home) {
  const state = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 16);
  const programs = join(home, state, "bin");
  const done = join(home, state, "done");
  if (!existsSync(done)) {
    await step("Authlib: pip install", async () => {
      await mkdir(home, { recursive: true });
      await must("python3", ["-m", "venv", join(home, state)], "install python3 with its venv module");
      const install = ["install", "--quiet", "--no-deps", "--requirement", requirements];
      await must(join(programs, "pip"), install, "look whether PyPI can be reached");
      await writeFile(done, "");
    });
  }
  return { KAZASU_LOGIN_AUTHLIB: programs };
}

async function must(program, args, advice) {
  const { code, output } = await capture(program, args);
  if (code !== 0) throw new Refusal(`${program} failed: ${advice}. It said: ${output.trim().slice(-300)}`);
}
