import { AsnConvert } from "@peculiar/asn1-schema";
import { CRLReason, CRLReasons, Extensions, id_ce_cRLReasons } from "@peculiar/asn1-x509";
import type { ByteSource } from "./byte-source.ts";
import { type SerialList, viewOf } from "./serial-list.ts";
import { type Element, elementAt, UnusableCrl } from "./tlv.ts";

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const mostSerialOctets = 20;
const largestEntry = 4_096;
/** Entry extensions come in a handful of forms; a list with more of them is no list of JPKI. */
const mostForms = 256;

/**
 * Walks the entries of `revokedCertificates` (RFC 5280 §5.1.2.6) up to `end`, a position in the whole, and adds each to
 * `list`. `used` is told of every byte that was passed, in order. The extensions of entries are read by the ASN.1
 * library, each form of them once.
 */
export async function walkEntries(
  source: ByteSource,
  end: number,
  list: SerialList,
  used: (bytes: Uint8Array) => void,
): Promise<void> {
  const forms = new ReasonForms();
  while (source.position < end) {
    const from = source.at;
    const window = source.window;
    const stop = Math.min(window.length, end - source.offset);
    const at = takeEntries(window, from, stop, list, forms);
    used(window.subarray(from, at));
    source.at = at;
    if (source.position === end) return;
    if (source.offset + stop === end) throw new UnusableCrl("An entry reaches beyond the list it is in.");
    if (!(await source.more())) throw new UnusableCrl("The list is truncated.");
  }
}

/**
 * Adds every whole entry of `window[from, stop)` to the list; returns where the first one begins that is not whole. One
 * loop over octets and no object for an entry: there are millions of them, and all have this one shape.
 */
function takeEntries(
  window: Uint8Array,
  from: number,
  stop: number,
  list: SerialList,
  forms: ReasonForms,
): number {
  const view = viewOf(window);
  let at = from;
  while (at + 2 <= stop) {
    const length = window[at + 1] as number;
    // JPKI's entries are short; a longer one is read the long way, once.
    const content = length < 0x80 ? at + 2 : longContent(window, at);
    if (content === undefined) return at;
    const end = length < 0x80 ? content + length : (elementAt(window, at) as Element).end;
    if (window[at] !== SEQUENCE || end - at > largestEntry) throw misshapen();
    if (end > stop) return at;
    const octets = window[content + 1] as number;
    const serial = content + 2;
    const time = serial + octets;
    if (window[content] !== INTEGER || octets === 0 || octets > mostSerialOctets || time + 2 > end)
      throw misshapen();
    const first = window[serial] as number;
    if (first >= 0x80 || (first === 0 && octets > 1 && (window[serial + 1] as number) < 0x80))
      throw new UnusableCrl("A serial number of the list is out of range.");
    const kind = window[time];
    const isTime =
      (kind === UTC_TIME && window[time + 1] === 13) ||
      (kind === GENERALIZED_TIME && window[time + 1] === 15);
    const rest = time + 2 + (window[time + 1] as number);
    if (!isTime || rest > end) throw misshapen();
    list.add(view, serial, time, rest === end ? 0 : forms.reasonOf(view, rest, end));
    at = end;
  }
  return at;
}

/** Where the content of an entry with a long length begins; `undefined` where more bytes are needed to tell. */
const longContent = (window: Uint8Array, at: number): number | undefined => elementAt(window, at)?.content;

const misshapen = (): UnusableCrl => new UnusableCrl("An entry of the list has not its shape.");

/** The reasons of entry extensions, by their bytes. */
class ReasonForms {
  readonly #known: { view: DataView; reason: number }[] = [];

  reasonOf(window: DataView, from: number, to: number): number {
    for (let index = 0; index < this.#known.length; index += 1) {
      const form = this.#known[index] as { view: DataView; reason: number };
      if (equal(form.view, window, from, to)) return form.reason;
    }
    if (this.#known.length >= mostForms)
      throw new UnusableCrl("The list has more kinds of entries than any.");
    const bytes = new Uint8Array(window.buffer, window.byteOffset + from, to - from).slice();
    const reason = readReason(bytes);
    this.#known.push({ view: viewOf(bytes), reason });
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

/** Reads one form of entry extensions: a reason or none, and nothing critical that is not understood. */
function readReason(bytes: Uint8Array): number {
  let extensions: Extensions;
  try {
    extensions = AsnConvert.parse(bytes, Extensions);
  } catch {
    throw new UnusableCrl("An entry's extensions cannot be read.");
  }
  const unknown = extensions.find(({ critical, extnID }) => critical && extnID !== id_ce_cRLReasons);
  if (unknown) throw new UnusableCrl(`An entry has the unknown critical extension ${unknown.extnID}.`);
  const [found, ...others] = extensions.filter(({ extnID }) => extnID === id_ce_cRLReasons);
  if (others.length > 0) throw new UnusableCrl("An entry has two reasons.");
  if (!found) return CRLReasons.unspecified;
  const { reason } = AsnConvert.parse(found.extnValue.buffer, CRLReason);
  if (reason === CRLReasons.removeFromCRL) throw new UnusableCrl("The list has an entry of a delta CRL.");
  if (CRLReasons[reason] === undefined)
    throw new UnusableCrl("An entry has a reason that RFC 5280 does not know.");
  return reason;
}
