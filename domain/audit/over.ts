import { X509Certificate } from "node:crypto";

/**
 * Whether a certificate ended before a time, according to its signed bytes: a database column can be altered, a
 * signed certificate cannot. False if it cannot be parsed or has another serial.
 */
export function isOver(der: Uint8Array, before: Date, serial?: string): boolean {
  try {
    const { validTo, serialNumber } = new X509Certificate(der);
    const isIts = serial === undefined || BigInt(`0x${serialNumber}`) === BigInt(`0x${serial}`);
    return isIts && new Date(validTo) < before;
  } catch {
    return false;
  }
}
