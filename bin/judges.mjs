/**
 * `npm run test:judges`: what the CA makes, judged by programs that are not ours: pkilint, SoftHSM, GnuTLS. Fetches
 * pkilint (PyPI) into var/; the others are packages of the system, which `.ci/run` installs.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bootstrap.mjs";
import { fail, Refusal, step } from "./progress.mjs";
import { capture, foreground, stopWithParent } from "./run.mjs";

const version = "0.13.3";

/** The folder of pkilint's programs: given by KAZASU_PKILINT, or made here once. */
async function providePkilint() {
  if (process.env.KAZASU_PKILINT) return process.env.KAZASU_PKILINT;
  const home = join(root, "var", `pkilint-${version}`);
  const programs = join(home, "bin");
  if (existsSync(join(programs, "lint_pkix_cert"))) return programs;
  await step(`pkilint ${version}: pip install`, async () => {
    await must("python3", ["-m", "venv", home], "install python3 with its venv module");
    await must(
      join(programs, "pip"),
      ["install", "--quiet", `pkilint==${version}`],
      "look whether PyPI can be reached",
    );
  });
  return programs;
}

async function must(program, args, advice) {
  const { code, output } = await capture(program, args, { cwd: root });
  if (code === 0) return;
  throw new Refusal(`${program} ${args[0]} failed: ${advice}. It said: ${output.trim().slice(-300)}`);
}

async function judge(args) {
  const env = { ...process.env, KAZASU_JUDGES: "1", KAZASU_PKILINT: await providePkilint() };
  const test = [join(root, "bin/test.mjs"), ...args, "--selectProjects", "judges"];
  process.exitCode = await foreground(process.execPath, test, { cwd: root, env });
}

stopWithParent();
await judge(process.argv.slice(2)).catch(fail);
