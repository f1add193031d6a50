import { atOnce, ByteSource, type Fed } from "./byte-source.ts";
import type { EntrySink } from "./entries.ts";
import { type CrlRules, checkExtensions, checkHead } from "./rules.ts";
import type { SignedInput, SignedInputFor } from "./signed-input.ts";
import { type CrlHead, parseCrl } from "./structure.ts";
import { UnusableCrl, unusable } from "./unusable-crl.ts";

export interface CrlReading<V extends boolean | Promise<boolean>> extends CrlRules {
  /** Receives the entries, which are valid only once the reading has returned. */
  entries: EntrySink;
  /** How the signature is verified. */
  signedInput: SignedInputFor<V>;
  /** The largest accepted list; 1 GiB by default. */
  maxBytes?: number;
}

/** The fields of a list. */
export interface Crl {
  number: bigint;
  thisUpdate: Date;
  nextUpdate: Date;
}

const defaultMaxBytes = 1_024 ** 3;

/**
 * Reads a CRL (RFC 5280 §5) from memory or as a stream, in the same way: the same bytes give the same entries or the same
 * error, whatever the chunks. A returned result means: signed by the issuer, valid at the time, not older than the previous
 * list, for the requested scope, complete, without unknown critical extensions. Memory use is that of `entries` and
 * `signedInput`.
 * @throws UnusableCrl with the reason why the list is refused; errors of the transfer
 */
export async function readCrl(
  crl: AsyncIterable<Uint8Array> | Uint8Array,
  reading: CrlReading<boolean | Promise<boolean>>,
): Promise<Crl> {
  if (crl instanceof Uint8Array) {
    const { list, isSigned } = atOnce(crl, read(reading));
    return settled(list, await isSigned());
  }
  const chunks = crl[Symbol.asyncIterator]();
  try {
    const steps = read(reading);
    let step = steps.next();
    while (!step.done) {
      const { done, value } = await chunks.next();
      step = steps.next(done ? undefined : value);
    }
    return settled(step.value.list, await step.value.isSigned());
  } finally {
    // Ends the transfer if the list was refused before its end.
    await chunks.return?.();
  }
}

/** {@link readCrl} for a list in memory, with synchronous verification. @throws UnusableCrl */
export function readCrlSync(crl: Uint8Array, reading: CrlReading<boolean>): Crl {
  const { list, isSigned } = atOnce(crl, read(reading));
  return settled(list, isSigned());
}

function* read<V extends boolean | Promise<boolean>>(
  reading: CrlReading<V>,
): Fed<{ list: Crl; isSigned: () => V }> {
  const { entries, signedInput, maxBytes = defaultMaxBytes } = reading;
  let input: SignedInput<V> | undefined;
  const begin = (head: CrlHead) => {
    const begun = signedInput(checkHead(head, reading));
    input = begun;
    return (bytes: Uint8Array) => begun.add(bytes);
  };
  try {
    const parsed = yield* parseCrl(new ByteSource(), maxBytes, { begin, entries });
    const number = checkExtensions(parsed, reading);
    const { thisUpdate, nextUpdate, signature } = parsed;
    // A list without a head was refused above.
    const signed = input;
    if (!signed) throw new UnusableCrl("The CRL has no TBSCertList.");
    return {
      list: { number, thisUpdate, nextUpdate },
      isSigned: () => signed.verify(reading.issuer.spki, signature),
    };
  } catch (error) {
    throw unusable(error);
  }
}

function settled(list: Crl, isSigned: boolean): Crl {
  if (!isSigned) throw new UnusableCrl("The CRL is not signed by the CA that issued the certificate.");
  return list;
}
