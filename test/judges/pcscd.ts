import { type ChildProcess, execFile, execFileSync, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { CardMemory } from "../../simulators/my-number-card/memory.ts";

const run = promisify(execFile);

/** Where vpcd listens for virtual cards, as its package configures `pcscd`: two slots, one port after the other. */
export const vpcdPorts = [35_963, 35_964] as const;
export const readerNames = ["Virtual PCD 00 00", "Virtual PCD 00 01"] as const;
const socketOfPcscd = "/run/pcscd/pcscd.comm";

/** Why there is no virtual reader on this machine; undefined where there can be one. */
export function whyNoReader(): string | undefined {
  for (const program of ["pcscd", "opensc-tool", "pkcs15-tool", "pkcs15-crypt", "pkcs11-tool"])
    if (!hasProgram(program)) return `${program} is not installed`;
  if (!existsSync("/etc/reader.conf.d/vpcd")) return "vsmartcard-vpcd is not installed";
  if (process.getuid?.() !== 0) return "pcscd is started by root alone";
  return undefined;
}

function hasProgram(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { env: process.env, stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts `pcscd`, and returns what ends it. One can run on a machine; one that runs already is left as it is. */
export async function startPcscd(): Promise<() => Promise<void>> {
  if (await answers()) return async () => {};
  const daemon: ChildProcess = spawn("pcscd", ["--foreground"], { stdio: "ignore", env: process.env });
  while (!(await answers())) {
    if (daemon.exitCode !== null) throw new Error(`pcscd ended with ${daemon.exitCode}.`);
    await sleep(50);
  }
  return async () => {
    const exit = once(daemon, "exit");
    daemon.kill("SIGTERM");
    await exit;
  };
}

/** A card in the first slot, in a process of its own. */
export class CardProcess {
  /** What the reader has sent to the card, in hex. */
  readonly sent: string[] = [];
  readonly #child: ChildProcess = fork(fileURLToPath(new URL("./card-process.mjs", import.meta.url)), {
    env: process.env,
    execArgv: [],
  });
  readonly #waiting = new Map<number, (answer: { result?: never; failure?: string }) => void>();
  #asked = 0;

  constructor() {
    this.#child.on("message", (message: { apdu: string } | { id: number; failure?: string }) => {
      if ("apdu" in message) this.sent.push(message.apdu);
      else this.#waiting.get(message.id)?.(message);
    });
  }

  /** Puts a card in, as soon as the reader takes one, and waits until programs see it. */
  async insert(memory: CardMemory): Promise<void> {
    const until = Date.now() + 120_000;
    for (;;) {
      try {
        await this.#ask("insert", { memory, host: "127.0.0.1", port: vpcdPorts[0] });
        break;
      } catch (error) {
        if (Date.now() > until) throw error;
        await sleep(50);
      }
    }
    await untilCard(0, true);
    this.sent.length = 0;
  }

  async remove(): Promise<void> {
    await this.#ask("remove");
    await untilCard(0, false);
  }

  state = (): Promise<{ signatures: number; signTriesLeft: number }> => this.#ask("state");

  close(): void {
    this.#child.disconnect();
  }

  #ask<T>(op: string, more: object = {}): Promise<T> {
    const id = ++this.#asked;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, ({ result, failure }) => {
        this.#waiting.delete(id);
        if (failure === undefined) resolve(result as T);
        else reject(new Error(failure));
      });
      this.#child.send({ id, op, ...more });
    });
  }
}

/** Resolves when OpenSC sees a card in the slot, or sees none any more. */
export async function untilCard(slot: 0 | 1, isThere: boolean): Promise<void> {
  for (;;) {
    const { stdout } = await run("opensc-tool", ["--list-readers"], { env: process.env });
    const line = stdout.split("\n").find((each) => each.includes(readerNames[slot])) ?? "";
    if (/\bYes\b/i.test(line) === isThere) return;
    await sleep(50);
  }
}

/** Whether the daemon answers programs. */
function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketOfPcscd });
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
