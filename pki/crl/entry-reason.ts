import { readDer, tags } from "../der/cursor.ts";
import { type ExtensionType, readExtension, readExtensions } from "../x509/extension.ts";
import { viewOf } from "./serial-list.ts";
import { UnusableCrl } from "./unusable-crl.ts";

/** Lists use a handful of forms, one for each reason; those beyond this number are read each time. */
const mostForms = 16;

/** The largest code that an octet of a SerialList holds is far above any reason. */
const largestCode = 255;
const unspecified = 0;
const removeFromCrl = 8;

/** reasonCode (RFC 5280 §5.3.1). */
const reasonCode: ExtensionType<number> = {
  oid: "2.5.29.21",
  read: (cursor) => cursor.smallInteger(tags.enumerated),
};

/** The reasons of entry extensions, by their bytes: each form is read once. */
export class ReasonForms {
  readonly #known: { view: DataView; reason: number }[] = [];

  /** The reason in crlEntryExtensions `window[from, to)`. @throws NotDer, BadCertificate, UnusableCrl */
  reasonOf(window: DataView, from: number, to: number): number {
    for (let index = 0; index < this.#known.length; index += 1) {
      const form = this.#known[index] as { view: DataView; reason: number };
      if (equal(form.view, window, from, to)) return form.reason;
    }
    const bytes = new Uint8Array(window.buffer, window.byteOffset + from, to - from);
    const reason = readReason(bytes);
    if (this.#known.length < mostForms) this.#known.push({ view: viewOf(bytes.slice()), reason });
    return reason;
  }
}

/** By words, and from the end, where the forms differ: in their reason. */
function equal(form: DataView, window: DataView, from: number, to: number): boolean {
  let left = form.byteLength;
  if (left !== to - from) return false;
  for (; left >= 4; left -= 4)
    if (form.getUint32(left - 4) !== window.getUint32(from + left - 4)) return false;
  for (; left > 0; left -= 1) if (form.getUint8(left - 1) !== window.getUint8(from + left - 1)) return false;
  return true;
}

/**
 * Reads one form of entry extensions. A critical one that is not understood makes the whole list unusable (RFC 5280
 * §5.3), certificateIssuer of indirect CRLs among them. An unknown reason is none that could end the revocation.
 */
function readReason(bytes: Uint8Array): number {
  const extensions = readDer(bytes, "CRL's entry extensions", readExtensions);
  for (const [oid, { critical }] of extensions)
    if (critical && oid !== reasonCode.oid)
      throw new UnusableCrl(`An entry of the CRL has the unknown critical extension ${oid}.`);
  const reason = readExtension(extensions, reasonCode) ?? unspecified;
  if (reason === removeFromCrl)
    throw new UnusableCrl("The CRL has an entry of a delta CRL (removeFromCRL), which no full CRL has.");
  return reason > largestCode ? unspecified : reason;
}
