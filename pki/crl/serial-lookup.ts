import { Cursor } from "../der/cursor.ts";
import { readTime } from "../der/read-time.ts";
import { serialContent } from "../x509/serial-number.ts";
import type { EntrySink } from "./entries.ts";

export interface Revocation {
  /** revocationDate. */
  since: Date;
  /** CRLReason by its number. */
  reason: number;
}

/** Searches the entries of a list for one serial number, also one that no CA may assign; stores nothing else. */
export class SerialLookup implements EntrySink {
  readonly #wanted: Uint8Array;
  /** The found entry; the earliest of several. */
  found: Revocation | undefined;

  /** @param serial in the form of Certificate.serial (pki/x509/certificate.ts) */
  constructor(serial: string) {
    this.#wanted = serialContent(serial);
  }

  add(window: DataView, serial: number, time: number, reason: number): void {
    const wanted = this.#wanted;
    if (time - serial !== wanted.length) return;
    for (let index = wanted.length - 1; index >= 0; index -= 1)
      if (window.getUint8(serial + index) !== wanted[index]) return;
    const bytes = new Uint8Array(window.buffer, window.byteOffset, window.byteLength);
    const since = readTime(new Cursor(bytes, time));
    if (!this.found || since < this.found.since) this.found = { since, reason };
  }

  addOdd(window: DataView, serial: number, time: number, reason: number): void {
    this.add(window, serial, time, reason);
  }
}
