import { hexOf } from "../der/bytes.ts";

/**
 * The text form of a serial number of any sign and length: see Certificate.serial (certificate.ts). `content` is that of a DER
 * INTEGER.
 */
export function serialText(content: Uint8Array): string {
  if ((content[0] as number) >= 0x80) return `-${hexOf(content)}`;
  return hexOf(content.length > 1 && content[0] === 0 ? content.subarray(1) : content);
}

/** Whether a serial is one that a CA may assign: positive, at most 20 octets (RFC 5280 §4.1.2.2). */
export const isSerialInRange = (serial: string): boolean =>
  !serial.startsWith("-") &&
  serial !== "00" &&
  (serial.length < 40 || (serial.length === 40 && serial < "80"));

/** Content of the DER INTEGER of a {@link serialText}. */
export function serialContent(serial: string): Uint8Array {
  const isNegative = serial.startsWith("-");
  const digits = isNegative ? serial.slice(1) : serial;
  const octets = Uint8Array.from(digits.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
  return isNegative || (octets[0] ?? 0) < 0x80 ? octets : Uint8Array.of(0, ...octets);
}
