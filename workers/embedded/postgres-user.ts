import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { copyPostgres, type PostgresBinaries } from "./postgres-binaries.ts";

const run = promisify(execFile);

/** How to start the programs of Postgres so that they may run and reach their folder. */
export interface PostgresUser {
  binaries: PostgresBinaries;
  /** Put in front of the program: empty, or `setpriv …`. */
  prefix: readonly string[];
  /** Whom node's spawn switches to, and who must own the data directory. */
  spawn: { uid?: number; gid?: number };
  owner?: { uid: number; gid: number };
}

/**
 * Postgres refuses to run as root. An ordinary user runs it as themself. Root lends it to `postgres`, else to
 * `nobody`; and where that user cannot reach the programs or the data (both may lie below a folder of mode 0700), it
 * keeps the one capability to pass such folders, or runs from a copy of the programs.
 * @param prepare called with the user before the folder is tried: must give it the data folder
 * @throws Error when no way leads there
 */
export async function choosePostgresUser(
  binaries: PostgresBinaries,
  directory: string,
  prepare: (owner: { uid: number; gid: number }) => Promise<void>,
): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return { binaries, prefix: [], spawn: {} };
  const owner = (await lookUp("postgres")) ?? (await lookUp("nobody"));
  if (owner === undefined) {
    throw new Error(
      "Postgres does not run as root, and this system has neither a user postgres nor nobody to lend it to: " +
        "create one, or start as an ordinary user.",
    );
  }
  await prepare(owner);
  const plain: PostgresUser = { binaries, prefix: [], spawn: owner, owner };
  if (await reaches(plain, directory)) return plain;
  const privileged: PostgresUser = { binaries, prefix: passingFolders(owner), spawn: {}, owner };
  if (await reaches(privileged, directory)) return privileged;
  const copied: PostgresUser = { ...plain, binaries: await copyPostgres(binaries, tmpdir()) };
  if (await reaches(copied, directory)) return copied;
  throw new Error(
    `Postgres does not run as root, and user ${owner.uid} cannot reach ${directory}: choose a --data folder whose ` +
      "parents every user can enter, or start as an ordinary user.",
  );
}

// CAP_DAC_OVERRIDE alone, ambient so that it passes through initdb to the postgres it runs.
function passingFolders({ uid, gid }: { uid: number; gid: number }): string[] {
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  const one = "-all,+dac_override";
  // Without no_setuid_fixup, access(2), which initdb looks for its programs with, would not count the capability.
  const bits = "--securebits=+no_setuid_fixup";
  return ["setpriv", ...identity, `--inh-caps=${one}`, `--ambient-caps=${one}`, `--bounding-set=${one}`, bits];
}

async function reaches({ binaries, prefix, spawn }: PostgresUser, directory: string): Promise<boolean> {
  const [command, ...args] = [...prefix, "/bin/sh", "-c", 'test -w "$1" && test -x "$2" && exec "$2" --version', "sh"];
  try {
    await run(command as string, [...args, directory, binaries.postgres], { cwd: "/", ...spawn });
    return true;
  } catch {
    return false;
  }
}

async function lookUp(name: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, name])));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch {
    return undefined;
  }
}
