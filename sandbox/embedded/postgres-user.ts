import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { copyPostgres, type PostgresBinaries } from "./postgres-binaries.ts";

const run = promisify(execFile);

/** How to start the programs of Postgres so that they can run and access their folder. */
export interface PostgresUser {
  binaries: PostgresBinaries;
  /** The command prefix: empty, or `setpriv …`. */
  prefix: readonly string[];
  /** The user for node's spawn, and the required owner of the data directory. */
  spawn: { uid?: number; gid?: number };
  owner?: { uid: number; gid: number };
}

/**
 * Postgres refuses to run as root. An ordinary user runs it as themself. Root runs it as `postgres`, otherwise as `nobody`. If
 * that user cannot access the programs, they are copied to a folder that it can; if it cannot access the data (both may be
 * below a folder of mode 0700), it keeps the one capability to pass such folders. That is not enough for the programs: initdb
 * checks them with access(2), which ignores capabilities.
 * @param prepare called with the user before the folder is tried: must give it the data folder
 * @throws Error if no way works
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
      "Postgres does not run as root, and this system has neither a user postgres nor a user nobody: " +
        "create one, or start as an ordinary user.",
    );
  }
  await prepare(owner);
  const reachable = await reachablePrograms(binaries, owner);
  const plain: PostgresUser = { binaries: reachable, prefix: [], spawn: owner, owner };
  if (await mayWrite(plain, directory)) return plain;
  const privileged: PostgresUser = { ...plain, prefix: passingFolders(owner), spawn: {} };
  if (await mayWrite(privileged, directory)) return privileged;
  throw new Error(
    `Postgres does not run as root, and user ${owner.uid} cannot reach ${directory}: choose a --data folder whose ` +
      "parents every user can enter, or start as an ordinary user.",
  );
}

async function reachablePrograms(
  binaries: PostgresBinaries,
  owner: { uid: number; gid: number },
): Promise<PostgresBinaries> {
  const candidates = [async () => binaries, () => copyPostgres(binaries, tmpdir())];
  for (const candidate of candidates) {
    const programs = await candidate();
    if (await succeeds(programs.postgres, ["--version"], owner)) return programs;
  }
  throw new Error(
    `Postgres does not run as root, and user ${owner.uid} can run it neither from ${binaries.folder} nor from a copy ` +
      `in ${tmpdir()}: set TMPDIR to a folder every user can enter and run programs from.`,
  );
}

function mayWrite({ prefix, spawn }: PostgresUser, directory: string): Promise<boolean> {
  const [command, ...args] = [
    ...prefix,
    "/bin/sh",
    "-c",
    ': > "$1/.probe" && rm "$1/.probe"',
    "sh",
    directory,
  ];
  return succeeds(command, args, spawn);
}

async function succeeds(
  command: string,
  args: readonly string[],
  spawn: PostgresUser["spawn"],
): Promise<boolean> {
  try {
    await run(command, args, { cwd: "/", ...spawn });
    return true;
  } catch {
    return false;
  }
}

// Only CAP_DAC_OVERRIDE, ambient so that it passes through initdb to the postgres that it runs.
function passingFolders({ uid, gid }: { uid: number; gid: number }): string[] {
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  const one = "-all,+dac_override";
  // Without no_setuid_fixup, access(2), with which initdb checks its programs, would ignore the capability.
  const bits = "--securebits=+no_setuid_fixup";
  return [
    "setpriv",
    ...identity,
    `--inh-caps=${one}`,
    `--ambient-caps=${one}`,
    `--bounding-set=${one}`,
    bits,
  ];
}

async function lookUp(name: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, name])));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch {
    return undefined;
  }
}
