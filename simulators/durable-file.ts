import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * One JSON file, always complete: written to a temporary file (mode 0600), then renamed.
 *
 * Writes requested during a write are combined into the next one, which stores the state at that time.
 */
export class DurableFile {
  readonly #path: string;
  readonly #snapshot: () => unknown;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** `snapshot` returns what is to be written; it is called when the write starts. */
  constructor(path: string, snapshot: () => unknown) {
    this.#path = path;
    this.#snapshot = snapshot;
  }

  /** Resolves when the file has the current state or a later one. */
  save(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#write().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running
      .catch(() => {}) // reported to the caller of that write
      .then(() => {
        this.#next = undefined;
        return this.save();
      });
    return this.#next;
  }

  async #write(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const beside = `${this.#path}.new`;
    await writeFile(beside, JSON.stringify(this.#snapshot()), { mode: 0o600, flush: true });
    await rename(beside, this.#path);
  }
}

/** The parsed contents of a JSON file, or `undefined` if it does not exist. Throws if it is not JSON. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${path} is unreadable; move it elsewhere to start with an empty one.`, { cause: error });
  }
}
