import { X509Certificate } from "node:crypto";

/**
 * Whether a certificate ended before a time, by itself: a column can be shifted, what the CA signed cannot. False for what cannot
 * be read, and for one of another serial.
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
