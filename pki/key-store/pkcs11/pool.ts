import { createHash } from "node:crypto";
import { KeyStoreError } from "../key-store.ts";
import { type Request, SessionGone, SessionProcess, type TokenSettings } from "./session-process.ts";

export interface PoolOptions extends TokenSettings {
  sessions: number;
  /** Time limits of the wait for a session, and of its answer; milliseconds. */
  timeoutMs: number;
}

interface Job {
  request: Request;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
  isSecondTry: boolean;
  /** Ends the wait. A request that was not sent ends no session. */
  timer: NodeJS.Timeout;
}

/**
 * Refused PINs, by a hash of library, token and PIN, for the life of this process, so that reopening the store, even in a loop,
 * does not lock the token.
 */
const refusals = new Map<string, KeyStoreError>();

/** The pause after a device refused a session, before the next attempt. */
const pauseAfterRefusalMs = 1_000;

/**
 * Sessions with one token, opened on demand. Each handles one request at a time; others wait in order. An ended session is
 * replaced. If one is lost the others are considered lost too, and its request is repeated once, on a session opened since.
 */
export class SessionPool {
  readonly #options: PoolOptions;
  readonly #refusalKey: string;
  readonly #queue: Job[] = [];
  readonly #sessions = new Set<SessionProcess>();
  readonly #idle: SessionProcess[] = [];
  readonly #stale = new WeakSet<SessionProcess>();
  readonly #running = new Set<Promise<void>>();
  /** Logins and ends run one after the other: a wrong PIN costs one try, and a device has its session back before the next. */
  #turn: Promise<unknown> = Promise.resolve();
  #making: Promise<unknown> = Promise.resolve();
  #growing: Promise<void> | undefined;
  #growsFrom = 0;
  #isClosed = false;

  private constructor(options: PoolOptions) {
    this.#options = options;
    const { module, token, pin } = options;
    this.#refusalKey = createHash("sha256")
      .update(JSON.stringify([module, token, pin]))
      .digest("base64url");
  }

  /** Opens the first session, so that errors are reported now. @throws KeyStoreError */
  static async open(options: PoolOptions): Promise<SessionPool> {
    const pool = new SessionPool(options);
    await pool.#add();
    return pool;
  }

  /** @throws KeyStoreError */
  ask(request: Request): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#queue.push(this.#job({ request, resolve, reject, isSecondTry: false }));
      this.#dispatch();
    });
  }

  /**
   * Runs requests in their own session, in order and without repetition: for operations that take long and must not be repeated
   * while their outcome is unknown.
   * @throws KeyStoreError
   */
  askAlone(request: Request, timeoutMs: number): Promise<unknown> {
    const made = this.#making.then(async () => {
      if (this.#isClosed) throw closed();
      const session = await this.#login();
      try {
        return await session.ask(request, timeoutMs);
      } finally {
        await session.close();
      }
    });
    this.#making = made.catch(() => undefined);
    return made;
  }

  /** Rejects waiting requests; running ones complete. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#refuseWaiting(closed());
    for (const session of this.#idle.splice(0)) this.#retire(session);
    await Promise.all([...this.#running, this.#growing, this.#making]);
    await this.#turn;
  }

  #job(asked: Omit<Job, "timer">): Job {
    const { token, timeoutMs } = this.#options;
    const timer = setTimeout(() => {
      this.#queue.splice(this.#queue.indexOf(job), 1);
      const why = `has had no session free for ${timeoutMs} ms, and was not asked: try again, or open more`;
      job.reject(new KeyStoreError("KEY_STORE_UNAVAILABLE", `The token "${token}" ${why}.`));
    }, timeoutMs);
    const job = { ...asked, timer };
    return job;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const session = this.#idle.pop();
      if (!session) return this.#grow();
      if (session.hasEnded) {
        this.#retire(session);
        continue;
      }
      const job = this.#queue.shift();
      if (!job) return;
      const run = this.#run(session, job).finally(() => this.#running.delete(run));
      this.#running.add(run);
    }
  }

  async #run(session: SessionProcess, job: Job): Promise<void> {
    clearTimeout(job.timer);
    try {
      job.resolve(await session.ask(job.request, this.#options.timeoutMs));
    } catch (error) {
      if (error instanceof SessionGone && !this.#stale.has(session)) this.#leaveAll();
      if (error instanceof SessionGone && !job.isSecondTry && !this.#isClosed)
        this.#queue.unshift(this.#job({ ...job, isSecondTry: true }));
      else job.reject(error);
    }
    if (session.hasEnded || this.#stale.has(session) || this.#isClosed) this.#retire(session);
    else this.#idle.push(session);
    this.#dispatch();
  }

  /** The token or its login was lost: no earlier session is used again. */
  #leaveAll(): void {
    for (const session of this.#sessions) this.#stale.add(session);
    for (const session of this.#idle.splice(0)) this.#retire(session);
  }

  #retire(session: SessionProcess): void {
    this.#sessions.delete(session);
    void this.#inTurn(() => session.close());
  }

  /** Opens one more session for waiting requests. If none can be opened, and none is left, they are rejected. */
  #grow(): void {
    const { size } = this.#sessions;
    const isPausing = size > 0 && performance.now() < this.#growsFrom;
    if (this.#growing || isPausing || size >= this.#options.sessions) return;
    this.#growing = this.#add()
      .catch((error: unknown) => {
        this.#growsFrom = performance.now() + pauseAfterRefusalMs;
        if (this.#sessions.size === 0) this.#refuseWaiting(error);
      })
      .finally(() => {
        this.#growing = undefined;
        this.#dispatch();
      });
  }

  async #add(): Promise<void> {
    const session = await this.#login();
    this.#sessions.add(session);
    if (this.#isClosed) this.#retire(session);
    else this.#idle.push(session);
  }

  #login(): Promise<SessionProcess> {
    return this.#inTurn(async () => {
      const refused = refusals.get(this.#refusalKey);
      if (refused) throw refused;
      try {
        return await SessionProcess.open(this.#options);
      } catch (error) {
        if (error instanceof KeyStoreError && error.code === "PIN_REFUSED")
          refusals.set(this.#refusalKey, error);
        throw error;
      }
    });
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #refuseWaiting(error: unknown): void {
    for (const { reject, timer } of this.#queue.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
  }
}

const closed = (): KeyStoreError => new KeyStoreError("KEY_STORE_UNAVAILABLE", "The key store is closed.");
