/** Incoming messages by key, with at most one waiter for each. */
export class Mailbox<T> {
  readonly #waiting = new Map<string, (message: T) => void>();
  readonly #arrived = new Map<string, T[]>();

  put(key: string, message: T): void {
    const waiter = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (waiter) waiter(message);
    else this.#arrived.set(key, [...(this.#arrived.get(key) ?? []), message]);
  }

  async next(key: string): Promise<T> {
    const [message, ...rest] = this.#arrived.get(key) ?? [];
    if (message === undefined) return new Promise((resolve) => this.#waiting.set(key, resolve));
    if (rest.length > 0) this.#arrived.set(key, rest);
    else this.#arrived.delete(key);
    return message;
  }
}
