/**
 * A card in a reader of this computer, for desktop apps in Node. Needs the optional package `smartcard`.
 *
 * @module @kazasu/app/card/pcsc
 */
import { CardError } from "./card-error.ts";
import type { Transmit } from "./sign-card.ts";

/** A card in a reader of this computer. */
export interface ReaderCard {
  /** The reader's name, as the system knows it. */
  reader: string;
  transmit: Transmit;
  /** Gives the card back, without power: what was verified on it is forgotten. */
  close(): void;
}

const optionalPackage: string = "smartcard";

/** What we use of the package. */
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

/** The answer to a short command: 256 bytes and a status word. */
const longestAnswer = 258;

/**
 * Opens a card through PC/SC (`pcscd`, WinSCard, CryptoTokenKit), for this program alone: nobody else speaks to it between
 * PIN and signature. Needs the optional package `smartcard`.
 * @param options `reader`: part of a reader's name; otherwise the first with a card in it
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
      // The package distinguishes PC/SC's errors by their text alone.
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
    // By a name that the compiler does not follow: the package may not be there, and then its types are not either.
    return (await import(optionalPackage)) as Pcsc;
  } catch (cause) {
    throw new CardError("READER_UNAVAILABLE", { cause });
  }
}

/** Whatever the system says of its reader service comes to one thing: there is no reader. */
function open<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new CardError("READER_UNAVAILABLE", { cause });
  }
}
