import type { Pool } from "pg";
import { foldMoves, type LifecycleCount, readCounts } from "../../registry/console/counts.ts";

type Viewer = (counts: LifecycleCount[]) => void;

/** With nobody looking on, moves are folded this often, so that they do not pile up. */
const idleMs = 60_000;

/** One poll of the counts for all who look on, whether one does or a thousand. */
export class LiveCounts {
  readonly #pool: Pool;
  readonly #everyMs: number;
  readonly #viewers = new Set<Viewer>();
  #timer: NodeJS.Timeout | undefined;
  #told = "";
  #closed = false;

  constructor(pool: Pool, everyMs: number) {
    this.#pool = pool;
    this.#everyMs = everyMs;
    this.#wait(idleMs);
  }

  /** How many look on. */
  get viewers(): number {
    return this.#viewers.size;
  }

  /** Tells `viewer` of every change until the returned function is called. */
  watch(viewer: Viewer): () => void {
    this.#viewers.add(viewer);
    if (this.#viewers.size === 1) this.#wait(this.#everyMs);
    return () => this.#viewers.delete(viewer);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void this.#turn(), ms).unref();
  }

  async #turn(): Promise<void> {
    try {
      await foldMoves(this.#pool);
      if (this.#viewers.size > 0) this.#tell(await readCounts(this.#pool));
    } catch {
      // The registry is away: viewers keep the last counts, and the next turn asks again.
    }
    this.#wait(this.#viewers.size > 0 ? this.#everyMs : idleMs);
  }

  #tell(counts: LifecycleCount[]): void {
    const text = JSON.stringify(counts);
    if (text === this.#told) return;
    this.#told = text;
    for (const viewer of this.#viewers) viewer(counts);
  }
}
