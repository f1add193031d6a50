/**
 * `npm run test:judges`: what the CA makes, judged by programs that are not ours: pkilint, schemathesis, SoftHSM, GnuTLS, OpenSC.
 * Fetches those of PyPI into var/; the others are packages of the system, which `.ci/run` installs.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bootstrap.mjs";
import { fail, Refusal, step } from "./progress.mjs";
import { capture, foreground, stopWithParent } from "./run.mjs";

/** Judges from PyPI: which version, a program of each, and the variable that names a folder where it is already. */
const judges = {
  pkilint: { version: "0.13.3", program: "lint_pkix_cert", given: "KAZASU_PKILINT" },
  schemathesis: { version: "4.32.5", program: "schemathesis", given: "KAZASU_SCHEMATHESIS" },
};

/** The folder of a judge's programs: given by its variable, or made here once. */
async function provide(name) {
  const { version, program, given } = judges[name];
  if (process.env[given]) return process.env[given];
  const home = join(root, "var", `${name}-${version}`);
  const programs = join(home, "bin");
  if (existsSync(join(programs, program))) return programs;
  await step(`${name} ${version}: pip install`, async () => {
    await must("python3", ["-m", "venv", home], "install python3 with its venv module");
    await must(
      join(programs, "pip"),
      ["install", "--quiet", `${name}==${version}`],
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
  const env = { ...process.env, KAZASU_JUDGES: "1" };
  for (const name of Object.keys(judges)) env[judges[name].given] = await provide(name);
  const test = [join(root, "bin/test.mjs"), ...args, "--selectProjects", "judges"];
  process.exitCode = await foreground(process.execPath, test, { cwd: root, env });
}

stopWithParent();
await judge(process.argv.slice(2)).catch(fail);
