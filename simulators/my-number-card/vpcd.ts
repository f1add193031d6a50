import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A card as used by a reader: power, and APDUs. */
export interface InsertedCard {
  /** Answer to reset (ISO/IEC 7816-3 §8). */
  atr: Uint8Array;
  /** Power off, on or reset: clears selection and verification. */
  reset(): Promise<void>;
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
}

export interface VirtualReader {
  /** Address of `pcscd`'s virtual reader; default `127.0.0.1:35963`. */
  host: string;
  port: number;
}

/** A card inserted into the reader. */
export interface Insertion {
  /** Resolves when it is removed, by `remove` or because `pcscd` has ended. Rejects if the card did not answer. */
  ended: Promise<void>;
  remove(): Promise<void>;
}

/** Control messages of the reader, one byte each. */
const controls = { off: 0, on: 1, reset: 2, atr: 4 } as const;
const connectMs = 5_000;

/**
 * Inserts a card into the virtual reader (vpcd of the vsmartcard project): our own TCP connection to `pcscd`, with messages
 * prefixed by their length, two bytes, high byte first.
 * @throws Error in one sentence if nothing listens there
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
  // The reading loop reports the end; the error event adds nothing.
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

/** Messages in order, until the connection ends in whatever way. */
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
    // A broken connection means that the card was removed.
    if (!socket.destroyed) throw error;
  }
}

function send(socket: Socket, message: Uint8Array): void {
  if (socket.destroyed) return;
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  socket.write(Buffer.concat([length, message]));
}
