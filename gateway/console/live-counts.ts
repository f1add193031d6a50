import type { Pool } from "pg";
import { type LifecycleCount, readCounts } from "../../registry/console/counts.ts";

type Viewer = (counts: LifecycleCount[]) => void;

/** One poll of the counts for any number of viewers. */
export class LiveCounts {
  readonly #pool: Pool;
  readonly #everyMs: number;
  readonly #viewers = new Set<Viewer>();
  #timer: NodeJS.Timeout | undefined;
  #sent = "";
  #closed = false;

  constructor(pool: Pool, everyMs: number) {
    this.#pool = pool;
    this.#everyMs = everyMs;
  }

  /** The number of viewers. */
  get viewers(): number {
    return this.#viewers.size;
  }

  /** Sends `viewer` every change until the returned function is called. */
  watch(viewer: Viewer): () => void {
    this.#viewers.add(viewer);
    if (this.#viewers.size === 1) this.#wait();
    return () => this.#viewers.delete(viewer);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (!this.#closed && this.#viewers.size > 0)
      this.#timer = setTimeout(() => void this.#turn(), this.#everyMs).unref();
  }

  async #turn(): Promise<void> {
    try {
      this.#send(await readCounts(this.#pool));
    } catch {
      // The registry is unavailable: viewers keep the last counts, and the next poll tries again.
    }
    this.#wait();
  }

  #send(counts: LifecycleCount[]): void {
    const text = JSON.stringify(counts);
    if (text === this.#sent) return;
    this.#sent = text;
    for (const viewer of this.#viewers) viewer(counts);
  }
}
