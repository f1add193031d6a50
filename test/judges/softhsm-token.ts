import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const softhsmModule = "/usr/lib/softhsm/libsofthsm2.so";
export const userPin = "4711-secret-pin";

/** A token of SoftHSM in a folder of its own; the environment of this process points at it until it is removed. */
export interface SoftToken {
  label: string;
  /** Takes the token out of its slot, as somebody pulls a device; and puts it back. */
  takeOut(): Promise<void>;
  putBack(): Promise<void>;
  /** The next signature finds that it was logged out or that its sessions were closed, or does not end. */
  callFor(mood: "logout" | "close-all" | "hang"): Promise<void>;
  /** How often a PIN was tried. */
  logins(): Promise<number>;
  /** How often one was refused. */
  refusedLogins(): Promise<number>;
  changePin(from: string, to: string): Promise<void>;
  remove(): Promise<void>;
}

async function linesOf(path: string): Promise<number> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").length - 1;
}

export async function makeToken(label = "kazasu-test"): Promise<SoftToken> {
  const home = await mkdtemp(join(tmpdir(), "kazasu-softhsm-"));
  const tokens = join(home, "tokens");
  const away = join(home, "away");
  const moods = join(home, "moods");
  await mkdir(tokens);
  await mkdir(moods);
  const configuration = join(home, "softhsm2.conf");
  await writeFile(
    configuration,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  const names = ["SOFTHSM2_CONF", "HSM_MOODS", "NODE_OPTIONS"];
  const before = names.map((name) => [name, process.env[name]] as const);
  process.env["SOFTHSM2_CONF"] = configuration;
  const pins = ["--so-pin", "0000-so-pin", "--pin", userPin];
  try {
    await run("softhsm2-util", ["--init-token", "--free", "--label", label, ...pins], { env: process.env });
  } catch (error) {
    throw new Error("SoftHSM makes no token: install softhsm2.", { cause: error });
  }
  process.env["HSM_MOODS"] = moods;
  const moodsProgram = new URL("./session-moods.mjs", import.meta.url).href;
  process.env["NODE_OPTIONS"] = `--import ${moodsProgram}`;
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
    callFor: (mood) => writeFile(join(moods, mood), ""),
    logins: () => linesOf(join(moods, "logins")),
    refusedLogins: () => linesOf(join(moods, "refused-logins")),
    async changePin(from, to) {
      const program = `
        const { Module } = require("graphene-pk11");
        const module = Module.load(${JSON.stringify(softhsmModule)});
        module.initialize();
        const slots = module.getSlots(true);
        const slot = Array.from({ length: slots.length }, (_, index) => slots.items(index))
          .find((candidate) => candidate.getToken().label.trim() === ${JSON.stringify(label)});
        slot.open(6).setPin(...${JSON.stringify([from, to])});
        module.finalize();`;
      await run(process.execPath, ["-e", program], { env: { ...process.env, NODE_OPTIONS: "" } });
    },
    async remove() {
      for (const [name, value] of before)
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      await rm(home, { recursive: true, force: true });
    },
  };
}
