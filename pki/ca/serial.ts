import { randomBytes } from "node:crypto";

/**
 * A new serial number: 20 octets, positive, below 2^159 (RFC 5280 §4.1.2.2), 158 bits of them random, so that no two are equal
 * and none can be guessed (EN 319 412-2 and the baseline requirements require 64).
 *
 * Serials are lower-case hexadecimal, two digits an octet, without the leading zero octet of DER.
 */
export function newSerial(): string {
  const octets = randomBytes(20);
  // The highest bit cleared makes it positive, the next one set makes it always 20 octets long.
  octets.writeUInt8((octets.readUInt8(0) & 0x7f) | 0x40, 0);
  return octets.toString("hex");
}

/** The content of the DER INTEGER of a serial. Throws on text that is not a serial. */
export function integerOfSerial(serial: string): ArrayBuffer {
  if (!/^(?:[0-9a-f]{2}){1,20}$/.test(serial))
    throw new TypeError("A serial is 1 to 20 octets in lower-case hex.");
  const octets = Buffer.from(serial, "hex");
  const positive = octets.readUInt8(0) & 0x80 ? Buffer.concat([Buffer.of(0), octets]) : octets;
  return new Uint8Array(positive).buffer;
}
