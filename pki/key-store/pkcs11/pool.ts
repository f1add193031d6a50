import { KeyStoreError } from "../key-store.ts";
import { type Request, SessionProcess, type TokenSettings } from "./session-process.ts";

export interface PoolOptions extends TokenSettings {
  sessions: number;
  timeoutMs: number;
}

/**
 * Sessions with one token. Each request goes to the one with the least to do; a session that ended is replaced by the next
 * request. A refused PIN is remembered and never sent again.
 */
export class SessionPool {
  readonly #options: PoolOptions;
  readonly #sessions: (Promise<SessionProcess> | undefined)[];
  readonly #opened: (SessionProcess | undefined)[];
  #refused: KeyStoreError | undefined;
  #isClosed = false;

  private constructor(options: PoolOptions) {
    this.#options = options;
    this.#sessions = Array.from({ length: options.sessions }, () => undefined);
    this.#opened = Array.from({ length: options.sessions }, () => undefined);
  }

  /** Opens the first session, so that what is wrong is said now; the others open when they are needed. */
  static async open(options: PoolOptions): Promise<SessionPool> {
    const pool = new SessionPool(options);
    await pool.#session(0);
    return pool;
  }

  async ask(request: Request): Promise<unknown> {
    if (this.#isClosed) throw new KeyStoreError("KEY_STORE_UNAVAILABLE", "The key store is closed.");
    const session = await this.#session(this.#leastLoaded());
    return session.ask(request, this.#options.timeoutMs);
  }

  close(): void {
    this.#isClosed = true;
    for (const session of this.#opened) session?.kill();
  }

  #leastLoaded(): number {
    const loads = this.#opened.map((session) => (session && !session.hasEnded ? session.load : 0));
    // A session that is there and idle before one that would have to be opened.
    const idle = this.#opened.findIndex((session) => session && !session.hasEnded && session.load === 0);
    return idle >= 0 ? idle : loads.indexOf(Math.min(...loads));
  }

  #session(index: number): Promise<SessionProcess> {
    if (this.#refused) return Promise.reject(this.#refused);
    const known = this.#opened[index];
    const opening = this.#sessions[index];
    if (opening && !known?.hasEnded) return opening;
    this.#opened[index] = undefined;
    const session = this.#open(index);
    this.#sessions[index] = session;
    return session;
  }

  async #open(index: number): Promise<SessionProcess> {
    try {
      const opened = await SessionProcess.open(this.#options, this.#options.timeoutMs);
      this.#opened[index] = opened;
      return opened;
    } catch (error) {
      this.#sessions[index] = undefined;
      if (error instanceof KeyStoreError && error.code === "PIN_REFUSED") this.#refused = error;
      throw error;
    }
  }
}
