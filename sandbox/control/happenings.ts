import { EventEmitter } from "node:events";

/** An event for watching pages. It has no secrets. */
export type Happening =
  | { kind: "person"; person: string }
  | { kind: "bank" }
  /** An act on the bank's pages: they refresh their customer's data. */
  | { kind: "customer" }
  /** A party's request has been answered. */
  | { kind: "exchange" }
  /** The card has signed and may be removed: the rest continues without it. */
  | { kind: "card"; person: string; place: "away" }
  | { kind: "apdu"; person: string; meaning: string; status: string; outcome: string };

/** Emits to all listeners, without waiting for them. */
export class Happenings {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  emit = (happening: Happening): void => void this.#emitter.emit("happening", happening);

  /** Returns a function that stops listening. */
  listen(listener: (happening: Happening) => void): () => void {
    this.#emitter.on("happening", listener);
    return () => void this.#emitter.off("happening", listener);
  }

  get listeners(): number {
    return this.#emitter.listenerCount("happening");
  }
}
