import { CardError } from "./card-error.ts";
import { signPin } from "./pin.ts";

/** Sends one command APDU to the card and returns its response with the status word (ISO 7816-4). */
export type Transmit = (apdu: Uint8Array) => Promise<Uint8Array>;

/** What holds the certificate: a card, or a phone with its own certificates. */
export type Bearer = "card" | "android" | "iphone" | "unknown";

/** The JPKI application of a present card, for signatures. */
export interface SignCard {
  /** Reads the label of the token information. A label of a later generation is `unknown`, and may still work. */
  bearer(): Promise<Bearer>;
  /** The remaining tries of the sign PIN (VERIFY without data). Uses none. */
  triesLeft(): Promise<number>;
  /**
   * VERIFY, once. An interrupted exchange may have used a try: after PIN_EXCHANGE_TORN this card accepts no further PIN, and
   * the person taps again. Throws PIN_FORMAT before anything is sent, PIN_WRONG with the tries left, PIN_LOCKED.
   */
  verifyPin(pin: string): Promise<void>;
  /** The sign certificate, DER. Readable only after the PIN. */
  readCertificate(): Promise<Uint8Array<ArrayBuffer>>;
  /** PKCS#1 v1.5 over a SHA-256 digest (PERFORM SECURITY OPERATION, compute digital signature). */
  sign(digest: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

const jpkiApplication = [0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];
const files = {
  signPin: [0x00, 0x1b],
  signKey: [0x00, 0x1a],
  signCertificate: [0x00, 0x01],
  tokenInformation: [0x00, 0x06],
} as const;
const bearers: Record<string, Bearer> = {
  JPKIAPICCTOKEN2: "card",
  JPKIAPGPSETOKEN: "android",
  JPKIAPIOSTOKEN: "iphone",
};
const labelBytes = 32;
/** DER of DigestInfo before the digest (RFC 8017 §9.2, SHA-256). */
const sha256DigestInfo = [
  0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
  0x20,
];
const maxCertificateBytes = 4_096;
const chunkBytes = 0xe0;
const ok = 0x9000;

/**
 * Selects the JPKI application: the only one that this SDK selects, and in it only the files above. So neither the 12-digit My
 * Number nor the card's printed data can be read through it. Throws NOT_A_CARD or CARD_LOST.
 */
export async function openSignCard(transmit: Transmit): Promise<SignCard> {
  const exchange = async (apdu: number[]): Promise<{ data: Uint8Array<ArrayBuffer>; status: number }> => {
    let response: Uint8Array;
    try {
      response = await transmit(Uint8Array.from(apdu));
    } catch (cause) {
      throw new CardError("CARD_LOST", { cause });
    }
    if (response.length < 2) throw new CardError("CARD_MALFORMED");
    const [high = 0, low = 0] = response.slice(-2);
    return { data: new Uint8Array(response.slice(0, -2)), status: (high << 8) | low };
  };
  const must = async (apdu: number[]): Promise<Uint8Array<ArrayBuffer>> => {
    const { data, status } = await exchange(apdu);
    if (status !== ok) throw new CardError("CARD_MALFORMED", { cause: `status ${status.toString(16)}` });
    return data;
  };
  const select = (file: readonly number[]) => must([0x00, 0xa4, 0x02, 0x0c, 0x02, ...file]);

  const selected = await exchange([0x00, 0xa4, 0x04, 0x0c, jpkiApplication.length, ...jpkiApplication]);
  if (selected.status !== ok) throw new CardError("NOT_A_CARD");

  let torn = false;
  const triesLeft = async (): Promise<number> => {
    await select(files.signPin);
    const { status } = await exchange([0x00, 0x20, 0x00, 0x80]);
    if (status === 0x6983) return 0;
    if ((status & 0xfff0) !== 0x63c0) throw new CardError("CARD_MALFORMED");
    return status & 0x0f;
  };

  return {
    async bearer() {
      await select(files.tokenInformation);
      const label = new TextDecoder().decode(await must([0x00, 0xb0, 0x00, 0x00, labelBytes]));
      return bearers[label.replace(/[ \0]+$/, "")] ?? "unknown";
    },

    triesLeft,

    async verifyPin(pin) {
      const body = [...new TextEncoder().encode(signPin(pin))];
      if (torn) throw new CardError("PIN_EXCHANGE_TORN");
      await select(files.signPin);
      let status: number;
      try {
        ({ status } = await exchange([0x00, 0x20, 0x00, 0x80, body.length, ...body]));
      } catch (cause) {
        torn = true;
        throw new CardError("PIN_EXCHANGE_TORN", { cause });
      }
      if (status === ok) return;
      if (status === 0x6983 || status === 0x63c0) throw new CardError("PIN_LOCKED", { triesLeft: 0 });
      if ((status & 0xfff0) === 0x63c0) throw new CardError("PIN_WRONG", { triesLeft: status & 0x0f });
      throw new CardError("CARD_MALFORMED");
    },

    async readCertificate() {
      await select(files.signCertificate);
      const header = await must([0x00, 0xb0, 0x00, 0x00, 0x04]);
      const total = derLength(header);
      const der = new Uint8Array(total);
      for (let offset = 0; offset < total; ) {
        const wanted = Math.min(chunkBytes, total - offset);
        const part = await must([0x00, 0xb0, offset >> 8, offset & 0xff, wanted]);
        if (part.length === 0 || part.length > wanted) throw new CardError("CARD_MALFORMED");
        der.set(part, offset);
        offset += part.length;
      }
      return der;
    },

    async sign(digest) {
      if (digest.length !== 32) throw new TypeError("A SHA-256 digest has 32 bytes.");
      await select(files.signKey);
      const info = [...sha256DigestInfo, ...digest];
      const signature = await must([0x80, 0x2a, 0x00, 0x80, info.length, ...info, 0x00]);
      if (signature.length < 256) throw new CardError("CARD_MALFORMED");
      return signature;
    },
  };
}

/** Length of the DER object that starts with these four bytes: a SEQUENCE with a two-byte length (X.690 §8.1.3.5). */
function derLength(header: Uint8Array): number {
  const [tag, form, high = 0, low = 0] = header;
  const total = 4 + ((high << 8) | low);
  if (header.length !== 4 || tag !== 0x30 || form !== 0x82 || total > maxCertificateBytes) {
    throw new CardError("CARD_MALFORMED");
  }
  return total;
}
