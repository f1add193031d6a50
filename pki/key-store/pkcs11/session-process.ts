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

/** Requests to a session; see session.mjs. */
export type Request =
  | { op: "list" }
  | { op: "publicKey" | "protection"; keyId: string }
  | { op: "sign"; keyId: string; mechanism: "ECDSA" | "RSA_PKCS"; data: Uint8Array }
  | { op: "generate"; keyId: string; algorithm: string };

interface Answer {
  result?: unknown;
  failure?: { code: KeyStoreErrorCode; detail: string; isGone: boolean };
}

/** The token reports that the session or the login is lost: nothing was executed, and another session may do it. */
export class SessionGone extends KeyStoreError {
  constructor(detail: string) {
    super("KEY_STORE_UNAVAILABLE", detail);
  }
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: KeyStoreError) => void;
  timer: NodeJS.Timeout;
}

const program = fileURLToPath(new URL("./session.mjs", import.meta.url));
/** Loading a library and logging in to a network device takes seconds. */
const longestOpeningMs = 30_000;
/** Time limit for a session to close on the device. */
const longestClosingMs = 2_000;

/** A session with a token, in a separate process; it handles one request at a time. After its end it answers nothing. */
export class SessionProcess {
  readonly #child: ChildProcess;
  readonly #token: string;
  #waiting: Waiting | undefined;
  #hasEnded = false;

  private constructor(token: string) {
    this.#token = token;
    this.#child = fork(program, [], {
      execArgv: [],
      serialization: "advanced",
      stdio: "ignore",
      env: environment(),
    });
    this.#child.on("message", (answer: Answer) => this.#settle(answer));
    for (const event of ["error", "exit"] as const) this.#child.on(event, () => this.#end());
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** Starts one and logs in. @throws KeyStoreError */
  static async open({ module, token, pin }: TokenSettings): Promise<SessionProcess> {
    const session = new SessionProcess(token);
    try {
      await session.#send({ op: "open", settings: { path: module, token, pin } }, longestOpeningMs);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Sends a request; no other may be pending. Without an answer in time the outcome is unknown, and the process is ended, so
   * that it does not block the next.
   * @throws KeyStoreError
   */
  ask(request: Request, timeoutMs: number): Promise<unknown> {
    return this.#send(request, timeoutMs);
  }

  /** Closes the session on the device, and ends the process. */
  async close(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#child;
    if (exitCode !== null || signalCode !== null || pid === undefined) return;
    const exit = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.ref();
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), longestClosingMs);
    await exit;
    clearTimeout(timer);
  }

  #send(message: object, timeoutMs: number): Promise<unknown> {
    if (this.#hasEnded) return Promise.reject(this.#unavailable("its session has ended"));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#take()?.reject(this.#unavailable(`it has not answered within ${timeoutMs} ms`));
        this.#child.kill("SIGKILL");
        this.#end();
      }, timeoutMs);
      this.#waiting = { resolve, reject, timer };
      // Keep the program running while a request is pending.
      this.#child.channel?.ref();
      this.#child.send(message, (error) => {
        if (error) this.#end();
      });
    });
  }

  #settle({ result, failure }: Answer): void {
    const waiting = this.#take();
    if (!failure) waiting?.resolve(result);
    else if (failure.isGone) waiting?.reject(new SessionGone(failure.detail));
    else waiting?.reject(new KeyStoreError(failure.code, failure.detail));
  }

  #end(): void {
    this.#hasEnded = true;
    this.#take()?.reject(this.#unavailable("its session has ended"));
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    clearTimeout(waiting?.timer);
    this.#child.channel?.unref();
    return waiting;
  }

  #unavailable(why: string): KeyStoreError {
    return new KeyStoreError(
      "KEY_STORE_UNAVAILABLE",
      `The token "${this.#token}" does not answer: ${why}. Look at the device; what was asked can be asked again.`,
    );
  }
}

/** Vendors' libraries read their own environment variables; the engine's, some of them secrets, are not passed on. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:KAZASU_|TEMPORAL_|DATABASE_URL$|PG)/.test(name)),
  );
