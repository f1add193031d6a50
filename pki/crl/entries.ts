import { AsnConvert } from "@peculiar/asn1-schema";
import { CRLReason, CRLReasons, Extensions, id_ce_cRLReasons } from "@peculiar/asn1-x509";
import type { ByteSource } from "./byte-source.ts";
import type { SerialList } from "./serial-list.ts";
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
    let at = from;
    for (let entry = elementAt(window, at); at < stop && entry; entry = elementAt(window, at)) {
      if (entry.tag !== SEQUENCE || entry.end - entry.start > largestEntry)
        throw new UnusableCrl("An entry of the list has not its shape.");
      if (entry.end > window.length) break;
      if (entry.end > stop) throw new UnusableCrl("An entry reaches beyond the list it is in.");
      readEntry(window, entry, list, forms);
      at = entry.end;
    }
    used(window.subarray(from, at));
    source.at = at;
    if (source.position < end && !(await source.more())) throw new UnusableCrl("The list is truncated.");
  }
}

function readEntry(window: Uint8Array, entry: Element, list: SerialList, forms: ReasonForms): void {
  const serial = elementAt(window, entry.content);
  const time = serial && serial.end < entry.end ? elementAt(window, serial.end) : undefined;
  const isTime =
    (time?.tag === UTC_TIME && time.end - time.content === 13) ||
    (time?.tag === GENERALIZED_TIME && time.end - time.content === 15);
  if (serial?.tag !== INTEGER || !time || !isTime || time.end > entry.end)
    throw new UnusableCrl("An entry of the list has not its shape.");
  const [first = 0x80, second = 0] = [window[serial.content], window[serial.content + 1]];
  const octets = serial.end - serial.content;
  if (
    octets === 0 ||
    first >= 0x80 ||
    octets > mostSerialOctets ||
    (octets > 1 && first === 0 && second < 0x80)
  )
    throw new UnusableCrl("A serial number of the list is out of range.");
  const reason = time.end === entry.end ? 0 : forms.reasonOf(window, time.end, entry.end);
  list.add(window, serial.content, serial.end, reason);
}

/** The reasons of entry extensions, by their bytes. */
class ReasonForms {
  readonly #known: { bytes: Uint8Array; reason: number }[] = [];

  reasonOf(window: Uint8Array, from: number, to: number): number {
    for (const { bytes, reason } of this.#known) if (equal(bytes, window, from, to)) return reason;
    if (this.#known.length >= mostForms)
      throw new UnusableCrl("The list has more kinds of entries than any.");
    const bytes = window.slice(from, to);
    const reason = readReason(bytes);
    this.#known.push({ bytes, reason });
    return reason;
  }
}

function equal(bytes: Uint8Array, window: Uint8Array, from: number, to: number): boolean {
  if (bytes.length !== to - from) return false;
  for (let index = 0; index < bytes.length; index += 1)
    if (bytes[index] !== window[from + index]) return false;
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
