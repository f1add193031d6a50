import {
  constants,
  createHash,
  createPrivateKey,
  type KeyObject,
  privateEncrypt,
  timingSafeEqual,
} from "node:crypto";
import { p384 } from "@noble/curves/nist.js";
import { type Answer, type Command, encodeResponse, parseCommand } from "./apdu.ts";
import { isDigestInfo, sha384DigestOf } from "./digest-info.ts";
import { applicationsOf, type ElementaryFile } from "./file-system.ts";
import { type CardMemory, freshPin, type Pin, type PinName, pinRules } from "./memory.ts";
import { moreBytes, statusWords, triesLeft } from "./status-words.ts";

/** RSA-2048 with PKCS#1 v1.5 padding leaves 11 bytes less than the modulus. */
const longestDigestInfo = 256 - 11;

/**
 * A My Number Card at the level of APDUs: its JPKI application, and those for filling in forms and for its face.
 *
 * `reset()` ends an activation; the first APDU after it starts the next, so that a reader's repeated resets still count as one
 * tap. A reset clears the selection and verification, not the PIN counters.
 */
export class MyNumberCard {
  readonly #memory: CardMemory;
  readonly #onChange: () => void;
  #active = false;
  #application: ReadonlyMap<number, ElementaryFile> | undefined;
  #file: ElementaryFile | undefined;
  #verified = new Set<PinName>();
  #pending: Uint8Array = new Uint8Array();
  readonly #keys = new Map<string, KeyObject>();

  /** `memory` is modified in place; `onChange` is called after each change. */
  constructor(memory: CardMemory, onChange: () => void = () => {}) {
    this.#memory = memory;
    this.#onChange = onChange;
  }

  get activations(): number {
    return this.#memory.activations;
  }

  get signatures(): number {
    return this.#memory.signatures;
  }

  get signTriesLeft(): number {
    return this.#memory.signPin.triesLeft;
  }

  get authTriesLeft(): number {
    return this.#memory.authPin.triesLeft;
  }

  /** Removes the card from the field: the next APDU is a new tap. */
  reset(): void {
    this.#active = false;
    this.#application = undefined;
    this.#file = undefined;
    this.#verified.clear();
    this.#pending = new Uint8Array();
  }

  /** Answers one command APDU with a response APDU. Never throws: every error is a status word. */
  transmit(apdu: Uint8Array): Uint8Array {
    if (!this.#active) {
      this.#active = true;
      this.#memory.activations += 1;
      this.#onChange();
    }
    const command = parseCommand(apdu);
    if (!command) return encodeResponse(statusWords.wrongLength);
    if (command.ins !== 0xc0) this.#pending = new Uint8Array();
    const { status, data } = this.#answer(command);
    return data ? this.#deliver(status, data, command.ne ?? 0) : encodeResponse(status);
  }

  /** Returns at most Ne bytes and keeps the rest for GET RESPONSE. */
  #deliver(status: number, data: Uint8Array, ne: number): Uint8Array {
    this.#pending = data.slice(ne);
    if (this.#pending.length === 0) return encodeResponse(status, data);
    return encodeResponse(moreBytes(this.#pending.length), data.slice(0, ne));
  }

  #answer(command: Command): Answer {
    const handlers: Record<number, { cla: number; run: (command: Command) => Answer }> = {
      0x20: { cla: 0x00, run: (c) => this.#verify(c) },
      0x24: { cla: 0x00, run: (c) => this.#changePin(c) },
      0x2a: { cla: 0x80, run: (c) => this.#computeSignature(c) },
      0xa4: { cla: 0x00, run: (c) => this.#select(c) },
      0xb0: { cla: 0x00, run: (c) => this.#readBinary(c) },
      0xc0: { cla: 0x00, run: (c) => this.#getResponse(c) },
    };
    const { cla, ins } = command;
    // Bits of an interindustry class: 0x10 chaining, 0x0c secure messaging. 0x80 is proprietary.
    if (cla === 0x10 || cla === 0x90) return { status: statusWords.chainingUnsupported };
    if ((cla & 0xf3) === 0x00 && cla !== 0x00) return { status: statusWords.secureMessagingUnsupported };
    if (cla !== 0x00 && cla !== 0x80) return { status: statusWords.claUnsupported };
    const handler = handlers[ins];
    if (!handler) return { status: statusWords.insUnsupported };
    if (handler.cla !== cla) return { status: statusWords.claUnsupported };
    return handler.run(command);
  }

  /** SELECT an application by its whole AID (00 A4 04 0C), or a file under it (00 A4 02 0C). */
  #select({ p1, p2, data }: Command): Answer {
    if (p1 === 0x04) {
      const application = applicationsOf(this.#memory).get(Buffer.from(data).toString("hex"));
      if (!application) return { status: statusWords.fileNotFound };
      if (p2 !== 0x0c) return { status: statusWords.wrongP1P2 };
      this.#application = application;
      this.#file = undefined;
      return { status: statusWords.ok };
    }
    if (p1 !== 0x02 || p2 !== 0x0c) return { status: statusWords.wrongP1P2 };
    if (data.length !== 2) return { status: statusWords.wrongLength };
    const file = this.#application?.get(((data[0] ?? 0) << 8) | (data[1] ?? 0));
    if (!file) return { status: statusWords.fileNotFound };
    this.#file = file;
    return { status: statusWords.ok };
  }

  /** VERIFY (00 20 00 80). An empty body queries the tries left and uses none. */
  #verify({ p1, p2, data }: Command): Answer {
    if (p1 !== 0x00 || p2 !== 0x80) return { status: statusWords.wrongP1P2 };
    if (!this.#file) return { status: statusWords.noCurrentFile };
    if (this.#file.kind === "closed") return { status: this.#file.status };
    if (this.#file.kind !== "pin") return { status: statusWords.incompatibleWithFile };
    const { slot } = this.#file;
    const pin = this.#pin(slot);
    if (data.length === 0) return { status: triesLeft(pin.triesLeft) };
    if (pin.triesLeft === 0) return { status: statusWords.pinBlocked };
    // An impossible PIN length is an error of the driver, not a guess: it uses no try.
    const { minimum, maximum, tries } = pinRules[slot];
    if (data.length < minimum || data.length > maximum) return { status: statusWords.wrongLength };
    // The try is used before the comparison, so that removing the card gives no free guess.
    pin.triesLeft -= 1;
    const right = sameBytes(data, Buffer.from(pin.value, "ascii"));
    if (right) {
      pin.triesLeft = tries;
      this.#verified.add(slot);
    } else {
      this.#verified.delete(slot);
    }
    this.#onChange();
    return { status: right ? statusWords.ok : triesLeft(pin.triesLeft) };
  }

  /** CHANGE REFERENCE DATA with only the new PIN (00 24 01 80), after VERIFY of the old one. */
  #changePin({ p1, p2, data }: Command): Answer {
    if (p1 !== 0x01 || p2 !== 0x80) return { status: statusWords.wrongP1P2 };
    if (!this.#file) return { status: statusWords.noCurrentFile };
    // The number is printed on the card's face and cannot be changed.
    if (this.#file.kind !== "pin" || this.#file.slot === "number")
      return { status: statusWords.incompatibleWithFile };
    const { slot } = this.#file;
    if (this.#pin(slot).triesLeft === 0) return { status: statusWords.pinBlocked };
    if (!this.#verified.has(slot)) return { status: statusWords.securityStatusNotSatisfied };
    const { pattern, minimum, maximum } = pinRules[slot];
    if (data.length < minimum || data.length > maximum) return { status: statusWords.wrongLength };
    const value = Buffer.from(data).toString("latin1");
    if (!pattern.test(value)) return { status: statusWords.wrongData };
    Object.assign(this.#pin(slot), freshPin(slot, value));
    this.#onChange();
    return { status: statusWords.ok };
  }

  /** READ BINARY of the selected file (00 B0 hh ll Le). Le 00 reads the rest, up to 256 bytes. */
  #readBinary({ p1, p2, data, ne }: Command): Answer {
    if (p1 & 0x80) return { status: statusWords.wrongP1P2 }; // short file identifiers are not used by JPKI
    if (data.length > 0 || ne === undefined) return { status: statusWords.wrongLength };
    if (!this.#file) return { status: statusWords.noCurrentFile };
    if (this.#file.kind === "closed") return { status: this.#file.status };
    if (this.#file.kind !== "data") return { status: statusWords.incompatibleWithFile };
    const { read, afterPin = [] } = this.#file;
    const pins = [afterPin].flat();
    if (pins.length > 0 && !pins.some((pin) => this.#verified.has(pin)))
      return { status: statusWords.securityStatusNotSatisfied };
    const contents = read(this.#memory);
    const offset = (p1 << 8) | p2;
    if (offset >= contents.length) return { status: statusWords.wrongOffset };
    const rest = contents.slice(offset, offset + ne);
    const whole = rest.length === ne || ne === 256 || ne === 65_536;
    return { status: whole ? statusWords.ok : statusWords.endOfFile, data: rest };
  }

  /** COMPUTE DIGITAL SIGNATURE over a DigestInfo (80 2A 00 80): 256 bytes, PKCS#1 v1.5. */
  #computeSignature({ p1, p2, data }: Command): Answer {
    if (p1 !== 0x00 || p2 !== 0x80) return { status: statusWords.wrongP1P2 };
    if (!this.#file) return { status: statusWords.noCurrentFile };
    if (this.#file.kind !== "key") return { status: statusWords.incompatibleWithFile };
    const { slot } = this.#file;
    if (!this.#verified.has(slot)) return { status: statusWords.securityStatusNotSatisfied };
    if (data.length === 0 || data.length > longestDigestInfo) return { status: statusWords.wrongLength };
    if (!isDigestInfo(data)) return { status: statusWords.wrongData };
    const key = this.#privateKey(this.#memory[slot].privateKey);
    const signature = key.asymmetricKeyType === "ec" ? signP384(key, data) : signRsa(key, data);
    if (!signature) return { status: statusWords.wrongData };
    this.#memory.signatures += 1;
    this.#onChange();
    return { status: statusWords.ok, data: new Uint8Array(signature) };
  }

  /** GET RESPONSE (00 C0 00 00 Le): the rest of the last command's response. */
  #getResponse({ p1, p2, data, ne }: Command): Answer {
    if (p1 !== 0x00 || p2 !== 0x00) return { status: statusWords.wrongP1P2 };
    if (data.length > 0 || ne === undefined) return { status: statusWords.wrongLength };
    if (this.#pending.length === 0) return { status: statusWords.conditionsNotSatisfied };
    return { status: statusWords.ok, data: this.#pending };
  }

  #pin(name: PinName): Pin {
    const { signPin, authPin, surface } = this.#memory;
    const pin = { sign: signPin, auth: authPin, assist: surface?.assistPin, number: surface?.number }[name];
    if (!pin) throw new Error("An application was selected that this card does not have.");
    return pin;
  }

  /** Cached: parsing PEM takes longer than signing, and a renewal may replace the key while the card is in use. */
  #privateKey(pem: string): KeyObject {
    const known = this.#keys.get(pem);
    if (known) return known;
    const key = createPrivateKey(pem);
    this.#keys.set(pem, key);
    return key;
  }
}

const signRsa = (key: KeyObject, digestInfo: Uint8Array): Uint8Array =>
  privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo);

/** Signs the digest itself, 96 bytes: node:crypto cannot sign a precomputed digest. */
function signP384(key: KeyObject, digestInfo: Uint8Array): Uint8Array | undefined {
  const digest = sha384DigestOf(digestInfo);
  const secret = Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url");
  return digest && p384.sign(digest, secret, { prehash: false, lowS: false });
}

/** Compares two PINs in constant time, independent of the length of the correct one. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(a), digest(b));
}
