import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TokenSettings } from "../../pki/key-store/pkcs11/session-process.ts";

const run = promisify(execFile);
const library = "/usr/lib/softhsm/libsofthsm2.so";

/**
 * A new SoftHSM token below a folder; from then on SOFTHSM2_CONF of this process and its children points there. If SoftHSM or
 * graphene-pk11 is not installed, a sentence that says so.
 */
export async function makeToken(directory: string): Promise<TokenSettings | string> {
  if (!existsSync(library)) return `SoftHSM is not here (${library}): install softhsm2.`;
  try {
    createRequire(import.meta.url).resolve("graphene-pk11");
  } catch {
    return "The optional package graphene-pk11 is missing: install a C++ compiler and Python, then run npm ci.";
  }
  const tokens = join(directory, "tokens");
  await mkdir(tokens, { recursive: true });
  const configuration = join(directory, "softhsm2.conf");
  await writeFile(
    configuration,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  process.env["SOFTHSM2_CONF"] = configuration;
  const settings = { module: library, token: "kazasu-bench", pin: "bench-pin" };
  const pins = ["--so-pin", "bench-so-pin", "--pin", settings.pin];
  await run("softhsm2-util", ["--init-token", "--free", "--label", settings.token, ...pins]);
  return settings;
}
