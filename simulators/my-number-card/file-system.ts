import type { CardMemory, SlotName } from "./memory.ts";

/** An elementary file of the JPKI application. */
export type ElementaryFile =
  | { kind: "pin"; slot: SlotName }
  | { kind: "key"; slot: SlotName }
  | { kind: "data"; read: (memory: CardMemory) => Uint8Array; afterPin?: SlotName };

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

/** Token information: 160 bytes, of which the first 32 are the label, padded with spaces (PKCS#11 style). */
const tokenInformation = (memory: CardMemory): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.from(memory.token.padEnd(32), "ascii"), Buffer.alloc(128)]));

const jpkiFiles: ReadonlyMap<number, ElementaryFile> = new Map<number, ElementaryFile>([
  [0x0001, { kind: "data", read: (memory) => base64(memory.sign.certificate), afterPin: "sign" }],
  [0x0002, { kind: "data", read: (memory) => base64(memory.sign.authority) }],
  [0x0006, { kind: "data", read: tokenInformation }],
  [0x000a, { kind: "data", read: (memory) => base64(memory.auth.certificate) }],
  [0x000b, { kind: "data", read: (memory) => base64(memory.auth.authority) }],
  [0x0017, { kind: "key", slot: "auth" }],
  [0x0018, { kind: "pin", slot: "auth" }],
  [0x001a, { kind: "key", slot: "sign" }],
  [0x001b, { kind: "pin", slot: "sign" }],
]);

const noFiles: ReadonlyMap<number, ElementaryFile> = new Map();

/**
 * The card's applications by AID in hex. The two that print and assist exist on every card, so they can be
 * selected, but they hold no files here: the 12-digit My Number is not something a simulator should have.
 */
export const applications: ReadonlyMap<string, ReadonlyMap<number, ElementaryFile>> = new Map([
  ["d392f000260100000001", jpkiFiles],
  ["d3921000310001010408", noFiles],
  ["d3921000310001010402", noFiles],
]);
