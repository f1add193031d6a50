import { Cursor } from "../der/cursor.ts";
import { readTime } from "../der/read-time.ts";
import { serialContent } from "../x509/serial-number.ts";
import type { EntrySink } from "./entries.ts";

export interface Revocation {
  /** revocationDate: when the revocation took effect at the CA. */
  since: Date;
  /** CRLReason by its number. */
  reason: number;
}

/** Looks for one serial number in the entries of a list, one that no CA may give too; keeps nothing else. */
export class SerialLookup implements EntrySink {
  readonly #wanted: Uint8Array;
  /** The entry that was found; the earliest where there are several. */
  found: Revocation | undefined;

  /** @param serial as Certificate.serial (pki/x509/certificate.ts) names it */
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
