import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Files = Record<string, Uint8Array | string>;

interface Run {
  code: number;
  stdout: Buffer;
  stderr: Buffer;
}

/** Runs openssl in a folder of its own that holds `files`. */
async function run(files: Files, args: string[]): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), "openssl-"));
  try {
    for (const [name, contents] of Object.entries(files)) await writeFile(join(folder, name), contents);
    return await new Promise((resolve) => {
      execFile("openssl", args, { cwd: folder, encoding: "buffer" }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Exit code and everything openssl said. */
export async function openssl(files: Files, ...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await run(files, args);
  return { code, text: `${stdout.toString()}${stderr.toString()}` };
}

/** What openssl wrote to its standard output. Throws with what it said when it failed. */
export async function opensslBytes(files: Files, ...args: string[]): Promise<Buffer> {
  const { code, stdout, stderr } = await run(files, args);
  if (code !== 0) throw new Error(stderr.toString());
  return stdout;
}
