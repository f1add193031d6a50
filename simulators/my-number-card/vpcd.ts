import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A card as a reader holds it: power, and APDUs. */
export interface InsertedCard {
  /** Answer to reset (ISO/IEC 7816-3 §8). */
  atr: Uint8Array;
  /** Power off, on or reset: what was selected and verified is forgotten. */
  reset(): Promise<void>;
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
}

export interface VirtualReader {
  /** Where the virtual reader of `pcscd` listens; it is `127.0.0.1:35963` where nothing else was said to it. */
  host: string;
  port: number;
}

/** A card that is in the reader. */
export interface Insertion {
  /** Resolves when it is out: pulled by `remove`, or because `pcscd` has ended. Rejects when the card did not answer. */
  ended: Promise<void>;
  remove(): Promise<void>;
}

/** What the reader says beside APDUs: messages of one byte. */
const controls = { off: 0, on: 1, reset: 2, atr: 4 } as const;
const connectMs = 5_000;

/**
 * Puts a card into the virtual reader (vpcd of the vsmartcard project): a TCP connection of our own to `pcscd`, on which
 * messages go with their length before them, two bytes, high byte first.
 * @throws Error in one sentence where nobody listens
 */
export async function insert(card: InsertedCard, { host, port }: VirtualReader): Promise<Insertion> {
  const socket = connect({ host, port });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(connectMs) });
  } catch (cause) {
    socket.destroy();
    throw new Error(
      `No virtual reader listens at ${host}:${port}: install vsmartcard-vpcd and start pcscd, then try again.`,
      { cause },
    );
  }
  // Its end is reported by the loop that reads; an error has nothing to add to it.
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const serving = serve(socket, card);
  return {
    ended: serving.finally(() => socket.destroy()),
    async remove() {
      socket.destroy();
      await closed;
    },
  };
}

async function serve(socket: Socket, card: InsertedCard): Promise<void> {
  for await (const message of messages(socket)) {
    if (message.length > 1) send(socket, await card.transmit(message));
    else if (message[0] === controls.atr) send(socket, card.atr);
    else await card.reset();
  }
}

/** Messages as they come, one after the other; ends with the connection, however that ends. */
async function* messages(socket: Socket): AsyncGenerator<Uint8Array> {
  let kept = Buffer.alloc(0);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      kept = Buffer.concat([kept, chunk]);
      while (kept.length >= 2 && kept.length >= 2 + kept.readUInt16BE(0)) {
        const end = 2 + kept.readUInt16BE(0);
        yield new Uint8Array(kept.subarray(2, end));
        kept = kept.subarray(end);
      }
    }
  } catch (error) {
    // A connection that breaks is a card that was pulled out.
    if (!socket.destroyed) throw error;
  }
}

function send(socket: Socket, message: Uint8Array): void {
  if (socket.destroyed) return;
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  socket.write(Buffer.concat([length, message]));
}
