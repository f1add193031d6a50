import type { Name } from "../x509/name.ts";
import { readExtension } from "../x509/extension.ts";
import { atOnce, ByteSource } from "./byte-source.ts";
import type { EntrySink } from "./entries.ts";
import type { Crl } from "./read.ts";
import { crlNumber } from "./rules.ts";
import { parseCrl } from "./structure.ts";
import { unusable } from "./unusable-crl.ts";

/** What a list claims, believed or not. */
export interface CrlClaims extends Omit<Crl, "number"> {
  issuer: Name;
  number?: bigint;
}

/**
 * Reads what a CRL says without judging it: for one of our own that is published as it is, or shown. Whether a certificate
 * is revoked is asked of status.ts.
 * @throws UnusableCrl where it is not the DER of a CRL of version 2 with a nextUpdate
 */
export function describeCrl(der: Uint8Array, entries: EntrySink = { add: () => {} }): CrlClaims {
  try {
    const parsing = parseCrl(new ByteSource(), Number.POSITIVE_INFINITY, { begin: () => () => {}, entries });
    const { issuer, thisUpdate, nextUpdate, extensions } = atOnce(der, parsing);
    const number = readExtension(extensions, crlNumber);
    return { issuer, thisUpdate, nextUpdate, ...(number !== undefined && { number }) };
  } catch (error) {
    throw unusable(error);
  }
}
