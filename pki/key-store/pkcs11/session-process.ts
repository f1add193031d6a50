import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { KeyStoreError, type KeyStoreErrorCode } from "../key-store.ts";

export interface TokenSettings {
  /** Path of the vendor's PKCS#11 library. */
  module: string;
  /** Label of the token. */
  token: string;
  pin: string;
}

/** What a session is asked; see session.mjs. */
export type Request =
  | { op: "list" }
  | { op: "publicKey" | "protection"; keyId: string }
  | { op: "sign"; keyId: string; mechanism: "ECDSA" | "SHA256_RSA_PKCS"; data: Uint8Array }
  | { op: "generate"; keyId: string; algorithm: string };

interface Answer {
  id: number;
  result?: unknown;
  failure?: { code: KeyStoreErrorCode; detail: string };
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: KeyStoreError) => void;
  timer: NodeJS.Timeout;
}

const program = fileURLToPath(new URL("./session.mjs", import.meta.url));

/** A session with a token, in a process of its own. Once it ended, it answers nothing more. */
export class SessionProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #token: string;
  #next = 0;
  hasEnded = false;

  private constructor(token: string) {
    this.#token = token;
    this.#child = fork(program, [], {
      execArgv: [],
      serialization: "advanced",
      stdio: "ignore",
      env: process.env,
    });
    this.#child.on("message", (answer: Answer) => this.#settle(answer));
    for (const event of ["error", "exit"] as const) this.#child.on(event, () => this.#end());
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** Starts one and logs in. @throws KeyStoreError */
  static async open({ module, token, pin }: TokenSettings, timeoutMs: number): Promise<SessionProcess> {
    const session = new SessionProcess(token);
    try {
      await session.#send({ op: "open", settings: { path: module, token, pin } }, timeoutMs);
      return session;
    } catch (error) {
      session.kill();
      throw error;
    }
  }

  /** How many requests it has not answered. */
  get load(): number {
    return this.#waiting.size;
  }

  /**
   * Asks. Where no answer comes in time nobody knows what was done, so the process is ended: what it was at does not
   * keep the next.
   * @throws KeyStoreError
   */
  ask(request: Request, timeoutMs: number): Promise<unknown> {
    return this.#send(request, timeoutMs);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
    this.#end();
  }

  #send(message: object, timeoutMs: number): Promise<unknown> {
    if (this.hasEnded) return Promise.reject(this.#away("its session has ended"));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(this.#away(`it has not answered within ${timeoutMs} ms`));
        this.kill();
      }, timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      // While something is asked, the program has to wait for it.
      this.#child.channel?.ref();
      this.#child.send({ id, ...message }, (error) => {
        if (error) this.#end();
      });
    });
  }

  #settle({ id, result, failure }: Answer): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#child.channel?.unref();
    clearTimeout(waiting.timer);
    if (failure) waiting.reject(new KeyStoreError(failure.code, failure.detail));
    else waiting.resolve(result);
  }

  #end(): void {
    this.hasEnded = true;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(this.#away("its session has ended"));
    }
    this.#waiting.clear();
  }

  #away(why: string): KeyStoreError {
    return new KeyStoreError(
      "KEY_STORE_UNAVAILABLE",
      `The token "${this.#token}" does not answer: ${why}. Look at the device; what was asked can be asked again.`,
    );
  }
}
