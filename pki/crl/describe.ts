import { Cursor } from "../der/cursor.ts";
import { readTime } from "../der/read-time.ts";
import { readExtension } from "../x509/extension.ts";
import type { Name } from "../x509/name.ts";
import { serialText } from "../x509/serial-number.ts";
import { atOnce, ByteSource } from "./byte-source.ts";
import type { EntrySink } from "./entries.ts";
import type { Crl } from "./read.ts";
import { crlNumber } from "./rules.ts";
import { type Revocation, SerialLookup } from "./serial-lookup.ts";
import { type ParsedCrl, parseCrl } from "./structure.ts";
import { unusable } from "./unusable-crl.ts";

/** What a list claims, believed or not. */
export interface CrlClaims extends Omit<Crl, "number"> {
  issuer: Name;
  number?: bigint;
  /** How many it lists. */
  entries: number;
}

/**
 * Reads what a CRL says of itself without judging it: for one of our own that is published as it is, or shown. Whether a
 * certificate is revoked is asked of status.ts.
 * @throws UnusableCrl where it is not the DER of a CRL of version 2 with a nextUpdate
 */
export function describeCrl(der: Uint8Array): CrlClaims {
  let entries = 0;
  const count = () => void (entries += 1);
  const { issuer, thisUpdate, nextUpdate, number } = claimsOf(der, { add: count, addOdd: count });
  return { issuer, thisUpdate, nextUpdate, ...(number !== undefined && { number }), entries };
}

/** An entry of a list, as it stands there. */
export interface ListedCertificate extends Revocation {
  /** As Certificate.serial names it. */
  serial: string;
}

/** Every entry of a CRL, unjudged as {@link describeCrl}: for a list that is known to be short, as a root's is. */
export function listEntries(der: Uint8Array): ListedCertificate[] {
  const listed: ListedCertificate[] = [];
  const add: EntrySink["add"] = (window, serial, time, reason) => {
    const bytes = new Uint8Array(window.buffer, window.byteOffset, window.byteLength);
    const since = readTime(new Cursor(bytes, time));
    listed.push({ serial: serialText(bytes.slice(serial, time)), since, reason });
  };
  claimsOf(der, { add, addOdd: add });
  return listed;
}

/** What a CRL has under a serial number (as Certificate.serial names it), unjudged as {@link describeCrl}. */
export function findEntry(der: Uint8Array, serial: string): Revocation | undefined {
  const lookup = new SerialLookup(serial);
  claimsOf(der, lookup);
  return lookup.found;
}

function claimsOf(der: Uint8Array, entries: EntrySink): ParsedCrl & { number: bigint | undefined } {
  try {
    const receiver = { begin: () => () => {}, entries };
    const parsed = atOnce(der, parseCrl(new ByteSource(), Number.POSITIVE_INFINITY, receiver));
    return { ...parsed, number: readExtension(parsed.extensions, crlNumber) };
  } catch (error) {
    throw unusable(error);
  }
}
