import { EventEmitter } from "node:events";

/** Something happened that somebody who looks on wants to see. Nothing secret is in it. */
export type Happening =
  | { kind: "person"; person: string }
  | { kind: "bank" }
  /** Somebody has done something on the bank's pages: whoever is on them looks what is theirs. */
  | { kind: "customer" }
  /** The card has signed, and may be taken away: what is left goes on by itself. */
  | { kind: "card"; person: string; place: "away" }
  | { kind: "apdu"; person: string; meaning: string; status: string; outcome: string };

/** Emits to whoever listens. Nobody is waited for. */
export class Happenings {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  emit = (happening: Happening): void => void this.#emitter.emit("happening", happening);

  /** Returns what ends the listening. */
  listen(listener: (happening: Happening) => void): () => void {
    this.#emitter.on("happening", listener);
    return () => void this.#emitter.off("happening", listener);
  }

  get listeners(): number {
    return this.#emitter.listenerCount("happening");
  }
}
