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

/** The fields of a list, verified or not. */
export interface CrlClaims extends Omit<Crl, "number"> {
  issuer: Name;
  number?: bigint;
  /** The number of entries. */
  entries: number;
}

/**
 * Parses a CRL without verifying it: for one of our own that is published or shown. Use status.ts to check whether a
 * certificate is revoked.
 * @throws UnusableCrl unless it is a DER CRL of version 2 with a nextUpdate
 */
export function describeCrl(der: Uint8Array): CrlClaims {
  let entries = 0;
  const count = () => void (entries += 1);
  const { issuer, thisUpdate, nextUpdate, number } = claimsOf(der, { add: count, addOdd: count });
  return { issuer, thisUpdate, nextUpdate, ...(number !== undefined && { number }), entries };
}

/** An entry of a list. */
export interface ListedCertificate extends Revocation {
  /** In the form of Certificate.serial. */
  serial: string;
}

/** Every entry of a CRL, unverified as in {@link describeCrl}: for a list known to be short, such as a root's. */
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

/** The entry of a CRL for a serial number (in the form of Certificate.serial), unverified as in {@link describeCrl}. */
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
