import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs openssl in a folder of its own that holds `files`: its exit code, everything it said, and the file `out` if it
 * wrote one. The second opinion of these tests.
 */
export async function openssl(
  files: Record<string, Uint8Array | string>,
  ...args: string[]
): Promise<{ code: number; text: string; out: Buffer | undefined }> {
  const folder = await mkdtemp(join(tmpdir(), "kazasu-app-"));
  try {
    for (const [name, contents] of Object.entries(files)) await writeFile(join(folder, name), contents);
    const { code, text } = await new Promise<{ code: number; text: string }>((resolve) => {
      execFile("openssl", args, { cwd: folder }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, text: `${stdout}${stderr}` });
      });
    });
    return { code, text, out: await readFile(join(folder, "out")).catch(() => undefined) };
  } finally {
    await rm(folder, { recursive: true });
  }
}
