import { readDer } from "../der/cursor.ts";
import { type ExtensionType, readExtension, readExtensions } from "../x509/extension.ts";
import { readReason } from "./reasons.ts";
import { UnusableCrl } from "./unusable-crl.ts";

const unspecified = 0;
const removeFromCrl = 8;

/** reasonCode (RFC 5280 §5.3.1). */
const reasonCode: ExtensionType<number> = { oid: "2.5.29.21", read: readReason };

/**
 * The reason in crlEntryExtensions `window[from, to)`: one octet. Almost all entries have the same form, which is recognised by
 * word comparison; any other is parsed with the cursor.
 * @throws NotDer, BadCertificate, UnusableCrl
 */
export function reasonOf(window: DataView, from: number, to: number): number {
  if (to - from === 14 && hasUsualForm(window, from)) {
    const reason = window.getUint8(from + 13);
    if (reason < 0x80 && reason !== removeFromCrl) return reason;
  }
  return reasonAmong(new Uint8Array(window.buffer, window.byteOffset + from, to - from));
}

/** Whether there is exactly one non-critical reasonCode, up to the octet of its value. */
const hasUsualForm = (window: DataView, from: number): boolean =>
  window.getInt32(from) === 0x30_0c_30_0a &&
  window.getInt32(from + 4) === 0x06_03_55_1d &&
  window.getInt32(from + 8) === 0x15_04_03_0a &&
  window.getUint8(from + 12) === 0x01;

/**
 * An unknown critical extension makes the whole list unusable (RFC 5280 §5.3), including certificateIssuer of indirect CRLs. An
 * unknown reason is a revocation like any other.
 */
function reasonAmong(bytes: Uint8Array): number {
  const extensions = readDer(bytes, "CRL's entry extensions", readExtensions);
  for (const [oid, { critical }] of extensions)
    if (critical && oid !== reasonCode.oid)
      throw new UnusableCrl(`An entry of the CRL has the unknown critical extension ${oid}.`);
  const reason = readExtension(extensions, reasonCode) ?? unspecified;
  if (reason === removeFromCrl) throw new UnusableCrl("The CRL has an entry of a delta CRL (removeFromCRL).");
  return reason;
}
