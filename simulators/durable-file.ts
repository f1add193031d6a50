import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * One JSON file that is always whole: written beside its place (mode 0600), then renamed over it.
 *
 * Writes that come while one is running are folded into the next one, which takes the state as it then is.
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

  /** Resolves when the file holds the state of this moment or a later one. */
  save(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#write().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running
      .catch(() => {}) // reported to whoever asked for that write
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

/** The parsed contents of a JSON file, or `undefined` when there is no such file. Throws when it is not JSON. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${path} cannot be read back; move it away to start afresh.`, { cause: error });
  }
}
