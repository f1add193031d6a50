import { link, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { awaitEnd, identify, isRunning, type ProcessIdentity, signal } from "./processes.ts";

// Longer than the guard needs to end the processes it watches.
const FORMER_END_MS = 20_000;

/** The folder with all files of one embedded stack. */
export interface StackDirectory {
  path: string;
  /** Whether the folder is temporary and removed with the stack. */
  temporary: boolean;
  /** Ports of the last run, by name. */
  ports: Record<string, number>;
  rememberPorts(ports: Record<string, number>): Promise<void>;
  /** Records our processes, for a start after both we and the guard were killed. */
  recordProcesses(guard: number, servers: readonly number[]): Promise<void>;
  /** Releases the folder for the next start. */
  readonly release: () => Promise<void>;
}

interface Holding {
  owner: ProcessIdentity;
  guard?: ProcessIdentity;
  servers: ProcessIdentity[];
}

/**
 * Locks a folder for one stack. Processes left by a killed owner are waited for, then ended.
 * @param directory created if missing; a temporary one if undefined
 * @throws Error if another running process holds it
 */
export async function openDirectory(directory: string | undefined): Promise<StackDirectory> {
  const path = directory === undefined ? await mkdtemp(join(tmpdir(), "kazasu-")) : resolve(directory);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const held = join(path, "owner.json");
  const owner = await identify(process.pid);
  if (owner === undefined)
    throw new Error("This system does not report when a process started (ps): install procps.");
  let holding: Holding = { owner, servers: [] };
  while (!(await create(held, holding))) await takeOver(held, path);
  const portsFile = join(path, "ports.json");
  return {
    path,
    temporary: directory === undefined,
    ports: JSON.parse(await readFile(portsFile, "utf8").catch(() => "{}")) as Record<string, number>,
    rememberPorts: (ports) => replace(portsFile, ports),
    async recordProcesses(guard, servers) {
      const [guardian, ...running] = await Promise.all([guard, ...servers].map(identify));
      holding = { owner, servers: running.filter((server) => server !== undefined) };
      if (guardian !== undefined) holding.guard = guardian;
      await replace(held, holding);
    },
    release: () => rm(held, { force: true }),
  };
}

/** Creates the file with its whole content; returns false if it exists. */
async function create(file: string, content: Holding): Promise<boolean> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(content), { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function takeOver(file: string, path: string): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return; // released at this moment
  const { owner, guard, servers } = JSON.parse(text) as Holding;
  if (await isRunning(owner)) {
    throw new Error(
      `${path} is in use by process ${owner.pid}: stop that kazasu, or choose another --data folder.`,
    );
  }
  if (guard !== undefined) await awaitEnd(guard, FORMER_END_MS);
  for (const server of servers) {
    if (!(await isRunning(server))) continue;
    signal(server.pid, "SIGINT");
    if (await awaitEnd(server, FORMER_END_MS)) continue;
    signal(server.pid, "SIGKILL");
    await awaitEnd(server, FORMER_END_MS);
  }
  const aside = `${file}.${process.pid}`;
  await rename(file, aside).catch(() => {});
  const moved = await readFile(aside, "utf8").catch(() => undefined);
  // Another start was faster, and the moved file is its own: restore it.
  if (moved !== undefined && moved !== text) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}

async function replace(file: string, content: unknown): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(content), { mode: 0o600 });
  await rename(draft, file);
}
