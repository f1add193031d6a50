/**
 * A card in a reader of this computer, for desktop apps in Node. Needs the optional package `smartcard`.
 *
 * @module @kazasu/app/card/pcsc
 */
import { CardError } from "./card-error.ts";
import type { Transmit } from "./sign-card.ts";

/** A card in a reader of this computer. */
export interface ReaderCard {
  /** The reader's system name. */
  reader: string;
  transmit: Transmit;
  /** Disconnects and powers off the card, which resets its PIN verification. */
  close(): void;
}

const optionalPackage: string = "smartcard";

/** The used part of the package. */
interface Pcsc {
  Context: new () => {
    listReaders(): {
      name: string;
      state: number;
      connect(share: number, protocols: number): Promise<ConnectedCard>;
    }[];
    close(): void;
  };
  SCARD_STATE_PRESENT: number;
  SCARD_SHARE_EXCLUSIVE: number;
  SCARD_PROTOCOL_T0: number;
  SCARD_PROTOCOL_T1: number;
  SCARD_UNPOWER_CARD: number;
}

interface ConnectedCard {
  readonly connected: boolean;
  transmit(apdu: number[], options: { maxRecvLength: number }): Promise<Uint8Array>;
  disconnect(disposition: number): void;
}

/** The longest response to a short command: 256 bytes and a status word. */
const longestAnswer = 258;

/**
 * Opens a card through PC/SC (`pcscd`, WinSCard, CryptoTokenKit), exclusively: no other program can use it between PIN and
 * signature. Requires the optional package `smartcard`.
 * @param options `reader`: part of a reader's name; default: the first reader with a card
 * @throws CardError READER_UNAVAILABLE, CARD_BUSY, NOT_A_CARD
 */
export async function openReaderCard(options: { reader?: string } = {}): Promise<ReaderCard> {
  const { reader: wanted } = options;
  const pcsc = await load();
  const context = open(() => new pcsc.Context());
  try {
    const readers = open(() => context.listReaders()).filter(
      ({ name }) => wanted === undefined || name.includes(wanted),
    );
    const reader = readers.find(({ state }) => (state & pcsc.SCARD_STATE_PRESENT) !== 0) ?? readers[0];
    if (!reader) throw new CardError("READER_UNAVAILABLE");
    const { SCARD_SHARE_EXCLUSIVE: alone, SCARD_PROTOCOL_T0: t0, SCARD_PROTOCOL_T1: t1 } = pcsc;
    const card = await reader.connect(alone, t0 | t1).catch((cause: Error) => {
      // The package distinguishes PC/SC errors only by their text.
      throw new CardError(/sharing violation/i.test(cause.message) ? "CARD_BUSY" : "NOT_A_CARD", { cause });
    });
    return {
      reader: reader.name,
      transmit: async (apdu) => card.transmit([...apdu], { maxRecvLength: longestAnswer }),
      close() {
        if (card.connected) card.disconnect(pcsc.SCARD_UNPOWER_CARD);
        context.close();
      },
    };
  } catch (error) {
    context.close();
    throw error;
  }
}

async function load(): Promise<Pcsc> {
  try {
    // A dynamic import that the compiler does not resolve, because the package and its types may be missing.
    return (await import(optionalPackage)) as Pcsc;
  } catch (cause) {
    throw new CardError("READER_UNAVAILABLE", { cause });
  }
}

/** Every error of the system's reader service is reported as a missing reader. */
function open<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new CardError("READER_UNAVAILABLE", { cause });
  }
}
