import { Cursor, tags } from "../der/cursor.ts";
import { readTime } from "../der/read-time.ts";
import { type ByteSource, type Fed, truncated } from "./byte-source.ts";
import { reasonOf } from "./entry-reason.ts";
import { isUtcTime } from "./entry-time.ts";
import { elementAt } from "./header.ts";
import { viewOf } from "./serial-list.ts";
import { UnusableCrl } from "./unusable-crl.ts";

/** Receives the entries of a list, in order. */
export interface EntrySink {
  /** The approximate number of entries that follow. */
  reserve?(entries: number): void;
  /**
   * One entry: its serial number is `window[serial, time)`, the content of a positive INTEGER of 1 to 20 octets; its
   * revocationDate begins at `time`. Read both at once: the window is reused.
   */
  add(window: DataView, serial: number, time: number, reason: number): void;
  /** The same for a serial that no CA may assign: negative, zero, or longer (RFC 5280 §4.1.2.2). */
  addOdd?(window: DataView, serial: number, time: number, reason: number): void;
}

const mostSerialOctets = 20;
const largestEntry = 4_096;

/**
 * Iterates over the entries of `revokedCertificates` (RFC 5280 §5.1.2.6) up to `end`, an offset in the whole input, and passes
 * each to `sink`. `signed` receives every consumed byte, in order.
 *
 * This loop is the only DER parsing outside the cursor (docs/decisions/0014): it follows the cursor's rules, and a test
 * compares the two. Rare forms (long lengths, GeneralizedTime, entry extensions) are passed to the cursor.
 */
export function* walkEntries(
  source: ByteSource,
  end: number,
  sink: EntrySink,
  signed: (bytes: Uint8Array) => void,
): Fed<void> {
  while (source.position < end) {
    const from = source.at;
    const window = source.window;
    const stop = Math.min(window.length, end - source.offset);
    const at = takeEntries(window, from, stop, sink);
    signed(window.subarray(from, at));
    source.at = at;
    if (source.position === end) return;
    if (source.offset + stop === end) throw new UnusableCrl("An entry of the CRL extends beyond its list.");
    if (!(yield* source.more())) throw truncated();
  }
}

/**
 * Passes every complete entry of `window[from, stop)` to the sink; returns the start of the first incomplete one. Creates no
 * object per entry, because there are millions of the same form.
 */
function takeEntries(window: Uint8Array, from: number, stop: number, sink: EntrySink): number {
  const view = viewOf(window);
  let at = from;
  while (at + 2 <= stop) {
    const length = window[at + 1] as number;
    // Entries are short; a longer one is parsed the general way.
    const long = length < 0x80 ? undefined : elementAt(window.subarray(0, stop), at);
    if (length >= 0x80 && !long) return at;
    const content = long ? long.content : at + 2;
    const end = long ? long.end : content + length;
    if (window[at] !== tags.sequence || end - at > largestEntry || content + 4 > end) throw misshapen();
    if (end > stop) return at;
    if (window[content] !== tags.integer) throw misshapen();
    const octets = window[content + 1] as number;
    let serial = content + 2;
    let time = serial + octets;
    if (octets >= 0x80) {
      const number = elementAt(window.subarray(0, end), content);
      if (!number) throw misshapen();
      serial = number.content;
      time = number.end;
    }
    if (time === serial || time + 2 > end) throw misshapen();
    const first = window[serial] as number;
    if ((first === 0 || first === 0xff) && isPadded(window, serial, time)) throw misshapen();
    const rest = passTime(view, window, time, end);
    const reason = rest === end ? 0 : reasonOf(view, rest, end);
    if (first >= 0x80 || time - serial > mostSerialOctets || (first === 0 && time - serial === 1))
      sink.addOdd?.(view, serial, time, reason);
    else sink.add(view, serial, time, reason);
    at = end;
  }
  return at;
}

/** Whether an INTEGER whose first octet is 00 or FF has it unnecessarily (X.690 §8.3.2). */
function isPadded(window: Uint8Array, serial: number, time: number): boolean {
  if (time - serial === 1) return false;
  const second = window[serial + 1] as number;
  return window[serial] === 0 ? second < 0x80 : second >= 0x80;
}

/** Skips the revocationDate at `at`; returns its end. */
function passTime(view: DataView, window: Uint8Array, at: number, end: number): number {
  if (window[at] === tags.utcTime && window[at + 1] === 13 && at + 15 <= end) {
    if (!isUtcTime(view, at + 2)) throw badTime();
    return at + 15;
  }
  const cursor = new Cursor(window, at, end);
  try {
    readTime(cursor);
  } catch {
    throw badTime();
  }
  return cursor.at;
}

const misshapen = (): UnusableCrl =>
  new UnusableCrl("An entry of the CRL is not strict DER, or is too large.");
const badTime = (): UnusableCrl =>
  new UnusableCrl("An entry of the CRL has a revocationDate that RFC 5280 does not allow.");
