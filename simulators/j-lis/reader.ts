import { z } from "zod";
import { HttpRefusal } from "../http.ts";
import { MyNumberCard } from "../my-number-card/card.ts";
import type { Holder, Store } from "./store.ts";

/** Body of `POST /reader/<card>/apdu`. */
export const apduSchema = z.strictObject({
  apdu: z.string().regex(/^(?:[0-9a-fA-F]{2}){1,65544}$/, "An APDU is given as hex, 1 to 65544 bytes."),
});

/** A card as listed by a reader, without an exchange. */
export interface CardSummary {
  activations: number;
  signatures: number;
  signTriesLeft: number;
  authTriesLeft: number;
}

/**
 * A reader with every card, by name.
 *
 * `NAME` is the person's current card. Earlier physical cards remain available as `NAME~1`, `NAME~2`, … in order of issue.
 */
export class Reader {
  readonly #store: Store;
  readonly #inserted = new WeakMap<Holder["cards"][number], { card: MyNumberCard; changed: boolean }>();

  constructor(store: Store) {
    this.#store = store;
  }

  names(): string[] {
    return [...this.#store.holders()].flatMap(({ card, cards }) => [
      card,
      ...cards.slice(0, -1).map((_, index) => `${card}~${index + 1}`),
    ]);
  }

  summary(name: string): CardSummary {
    const { activations, signatures, signTriesLeft, authTriesLeft } = this.#find(name).inserted.card;
    return { activations, signatures, signTriesLeft, authTriesLeft };
  }

  reset(name: string): void {
    this.#find(name).inserted.card.reset();
  }

  /** Sends one APDU; changes to the card are stored before the response is returned. */
  async transmit(name: string, apdu: Uint8Array): Promise<Uint8Array> {
    const { holder, inserted } = this.#find(name);
    const response = inserted.card.transmit(apdu);
    if (inserted.changed) {
      inserted.changed = false;
      await this.#store.saveHolder(holder);
    }
    return response;
  }

  #find(name: string) {
    const [base = "", earlier] = name.split("~");
    const holder = this.#store.holder(base);
    const held =
      earlier === undefined ? holder?.cards.at(-1) : holder?.cards.slice(0, -1)[Number(earlier) - 1];
    if (!holder || !held) {
      throw new HttpRefusal(
        404,
        "NO_SUCH_CARD",
        "There is no card of this name in the reader.",
        "GET /reader lists the names.",
      );
    }
    const known = this.#inserted.get(held);
    if (known) return { holder, inserted: known };
    const inserted = {
      changed: false,
      card: new MyNumberCard(held.memory, () => {
        inserted.changed = true;
      }),
    };
    this.#inserted.set(held, inserted);
    return { holder, inserted };
  }
}
