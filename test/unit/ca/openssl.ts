import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pem } from "../../../pki/pem.ts";

/** The second opinion of these tests: what OpenSSL's command line says of our bytes. */

/** A directory of its own below the system's temporary one, and a way to be rid of it. */
export function scratchDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "kazasu-ca-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs `openssl`; throws with its stderr when it fails. Returns stdout. */
export const openssl = (arguments_: string[], input?: Uint8Array): string =>
  execFileSync("openssl", arguments_, { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });

/** Runs `openssl` without blocking, for talking to a listener in this process: all of its output. */
export async function opensslAsync(arguments_: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn("openssl", arguments_, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, output };
}

/** Writes DER as PEM and returns the path. */
export function writePem(directory: string, name: string, label: string, ...ders: Uint8Array[]): string {
  const path = join(directory, name);
  writeFileSync(path, ders.map((der) => pem(label, der)).join(""));
  return path;
}
