import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { step } from "../../../bin/progress.mjs";
import { capture } from "../../../bin/run.mjs";

/** The specification's sources at version 17 of its text; a commit's id is the digest of its content. */
const repository = "https://github.com/openid/eKYC-IDA";
const commit = "b4109086d8a186d5ab59375ca6ab7f7ac7e370b5";

/**
 * Fetches the JSON Schemas and examples of OpenID Connect for Identity Assurance 1.0. `KAZASU_IDA` names a copy that is there.
 * Where GitHub cannot be reached, the tests are left out.
 * @param {string} home
 */
export default async function prepare(home) {
  const { KAZASU_IDA } = process.env;
  if (KAZASU_IDA) return { KAZASU_IDA };
  const folder = join(home, commit);
  if (!existsSync(join(folder, "schema"))) {
    const isFetched = await step("Identity Assurance 1.0: git fetch", () => fetchTo(folder));
    if (!isFetched) {
      process.stderr.write(
        "GitHub cannot be reached: the judge on the schemas of Identity Assurance is left out.\n",
      );
      return {};
    }
  }
  return { KAZASU_IDA: folder };
}

async function fetchTo(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const args of [
    ["init", "--quiet"],
    [
      "-c",
      "http.lowSpeedLimit=1000",
      "-c",
      "http.lowSpeedTime=20",
      "fetch",
      "--quiet",
      "--depth",
      "1",
      repository,
      commit,
    ],
    ["checkout", "--quiet", "FETCH_HEAD"],
  ]) {
    const { code } = await capture("git", ["-C", folder, ...args]);
    if (code === 0) continue;
    await rm(folder, { recursive: true });
    return false;
  }
  return true;
}
