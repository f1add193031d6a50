import * as asn1js from "asn1js";
import type { CardMemory, PinName, Printed, SlotName } from "./memory.ts";
import { statusWords } from "./status-words.ts";

/** An elementary file of one of the card's applications. */
export type ElementaryFile =
  | { kind: "pin"; slot: PinName }
  | { kind: "key"; slot: SlotName }
  | { kind: "data"; read: (memory: CardMemory) => Uint8Array; afterPin?: PinName | readonly PinName[] }
  /** A file that exists and cannot be read or verified here: every command returns this status. */
  | { kind: "closed"; status: number };

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

/** The private class (X.690 §8.1.2), which the application uses for its tags. */
const privateClass = 4;
const offsetBytes = 2;

/** The four attributes, each after a tag, with a header of their offsets. */
function attributesOf({ name, address, dateOfBirth, sex }: Printed): Uint8Array {
  const values = [name, address, dateOfBirth, sex].map((text) => Buffer.from(text, "utf8"));
  const tagged = (tagNumber: number, value: Uint8Array) =>
    new asn1js.Primitive({ idBlock: { tagClass: privateClass, tagNumber }, valueHex: value });
  const items = values.map((value, index) => tagged(0x22 + index, value));
  const written = (header: Uint8Array) =>
    new asn1js.Constructed({
      idBlock: { tagClass: privateClass, tagNumber: 0x20 },
      value: [tagged(0x21, header), ...items],
    }).toBER();
  const header = Buffer.alloc(values.length * offsetBytes);
  let end = written(header).byteLength;
  for (const [index, item] of [...items.entries()].toReversed()) {
    end -= item.toBER().byteLength;
    header.writeUInt16BE(end, index * offsetBytes);
  }
  return new Uint8Array(written(header));
}

const printed = (memory: CardMemory): Uint8Array =>
  memory.surface ? attributesOf(memory.surface.printed) : new Uint8Array();

const closed = (status: number): ElementaryFile => ({ kind: "closed", status });

/** 券面事項入力補助: for filling in forms. Its first file is the 12-digit number, which cannot be read here. */
const assistFiles: ReadonlyMap<number, ElementaryFile> = new Map<number, ElementaryFile>([
  [0x0001, closed(statusWords.securityStatusNotSatisfied)],
  [0x0002, { kind: "data", read: printed, afterPin: ["assist", "number"] }],
  [0x0003, closed(statusWords.conditionsNotSatisfied)],
  [0x0011, { kind: "pin", slot: "assist" }],
  // 照合番号A is the 12-digit number itself.
  [0x0014, closed(statusWords.referenceDataUnusable)],
  [0x0015, { kind: "pin", slot: "number" }],
]);

/** 券面確認: pictures of the card's face, absent on a card without one. */
const surfaceFiles: ReadonlyMap<number, ElementaryFile> = new Map<number, ElementaryFile>([
  [0x0002, closed(statusWords.conditionsNotSatisfied)],
  [0x0012, { kind: "pin", slot: "number" }],
  [0x0013, closed(statusWords.referenceDataUnusable)],
]);

const onEvery = { d392f000260100000001: jpkiFiles };
const onCards = { d3921000310001010408: assistFiles, d3921000310001010402: surfaceFiles };

/** The applications by AID in hex. A certificate on a phone has only the JPKI application. */
export const applicationsOf = ({
  surface,
}: CardMemory): ReadonlyMap<string, ReadonlyMap<number, ElementaryFile>> =>
  new Map(Object.entries(surface ? { ...onEvery, ...onCards } : onEvery));
