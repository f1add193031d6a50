import { readIssuer } from "../authority.ts";
import { makeCrl } from "../crl.ts";
import { newestRootCrl } from "../root-crl-files.ts";
import type { Root } from "./roots.ts";

export const rootCrlDays = 365;

/** People have to come together for a root's next CRL: from this long before the end of the last one it is an alarm. */
export const rootCrlAlarmMs = 30 * 86_400_000;

/** A root's CRL (DER): full, for a year or to the end of the root, with nothing on it. */
export interface MadeRootCrl {
  der: Uint8Array;
  number: bigint;
}

/**
 * Makes the next CRL of a root. Its number is higher than that of every CRL before: by one, and at least the second in which
 * it is made (Unix time), so that it is also higher than one that a backup does not know of.
 *
 * Throws Error where the newest CRL lists a certificate: an empty one would take the revocation back.
 */
export async function makeRootCrl(directory: string, root: Root, now: Date): Promise<MadeRootCrl> {
  const before = await newestRootCrl(directory, root.generation);
  if (before && !before.isEmpty) {
    throw new Error(
      `The newest CRL of the root of ${root.generation} lists certificates, and this makes empty ones, which would take a revocation back. Make the next one with the tool that made this one.`,
    );
  }
  const issuer = readIssuer(root.certificate);
  const end = now.getTime() + rootCrlDays * 86_400_000;
  const number = before === undefined ? 1n : higherThan(before.number, now);
  const der = await makeCrl(
    { keyStore: root.keyStore, issuer, issuingKeyId: root.keyId },
    {
      number,
      thisUpdate: now,
      nextUpdate: new Date(Math.min(end, issuer.notAfter.getTime())),
      entries: [],
    },
  );
  return { der, number };
}

function higherThan(number: bigint, now: Date): bigint {
  const second = BigInt(Math.floor(now.getTime() / 1000));
  return number >= second ? number + 1n : second;
}
