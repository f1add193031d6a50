import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const softhsmModule = "/usr/lib/softhsm/libsofthsm2.so";
export const userPin = "4711-secret-pin";

/** A token of SoftHSM in a folder of its own; SOFTHSM2_CONF of this process points at it until it is removed. */
export interface SoftToken {
  label: string;
  /** Takes the token out of its slot, as somebody pulls a device; and puts it back. */
  takeOut(): Promise<void>;
  putBack(): Promise<void>;
  remove(): Promise<void>;
}

export async function makeToken(label = "kazasu-test"): Promise<SoftToken> {
  const home = await mkdtemp(join(tmpdir(), "kazasu-softhsm-"));
  const tokens = join(home, "tokens");
  const away = join(home, "away");
  await mkdir(tokens);
  const configuration = join(home, "softhsm2.conf");
  await writeFile(
    configuration,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  process.env["SOFTHSM2_CONF"] = configuration;
  const pins = ["--so-pin", "0000-so-pin", "--pin", userPin];
  try {
    await run("softhsm2-util", ["--init-token", "--free", "--label", label, ...pins], { env: process.env });
  } catch (error) {
    throw new Error("SoftHSM makes no token: install softhsm2.", { cause: error });
  }
  return {
    label,
    async takeOut() {
      await rename(tokens, away);
      await mkdir(tokens);
    },
    async putBack() {
      await rm(tokens, { recursive: true });
      await rename(away, tokens);
    },
    async remove() {
      delete process.env["SOFTHSM2_CONF"];
      await rm(home, { recursive: true, force: true });
    },
  };
}
