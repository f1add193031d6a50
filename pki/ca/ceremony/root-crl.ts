import { type ListedCertificate } from "../../crl/describe.ts";
import { crlReasonName } from "../../crl/reasons.ts";
import { readIssuer } from "../authority.ts";
import { type CrlEntry, makeCrl } from "../crl.ts";
import { type CaRevocationReason, isCaRevocationReason } from "../revocation.ts";
import { newestRootCrl } from "../root-crl-files.ts";
import type { Root } from "./roots.ts";

export const rootCrlDays = 365;

/** A root's next CRL needs a ceremony: this long before the last one ends an alarm is raised. */
export const rootCrlAlarmMs = 30 * 86_400_000;

/** A CA certificate that its root is to revoke. */
export interface RevokedCa {
  serial: string;
  reason: CaRevocationReason;
}

/** A root's CRL (DER): complete, for a year or to the end of the root. */
export interface MadeRootCrl {
  der: Uint8Array;
  number: bigint;
}

/**
 * Creates a root's next CRL. Its number is higher than that of every earlier one: by one, and at least the current Unix time in
 * seconds, so that it is also higher than one missing from a backup.
 *
 * The entries of the newest CRL are kept unchanged; `revoke` is listed from `now` on.
 *
 * Throws Error if the newest CRL has an entry with a reason that cannot be repeated here.
 */
export async function makeRootCrl(
  directory: string,
  root: Root,
  now: Date,
  revoke: readonly RevokedCa[] = [],
): Promise<MadeRootCrl> {
  const before = await newestRootCrl(directory, root.generation);
  const issuer = readIssuer(root.certificate);
  const end = now.getTime() + rootCrlDays * 86_400_000;
  const number = before === undefined ? 1n : higherThan(before.number, now);
  const der = await makeCrl(
    { keyStore: root.keyStore, issuer, issuingKeyId: root.keyId },
    {
      number,
      thisUpdate: now,
      nextUpdate: new Date(Math.min(end, issuer.notAfter.getTime())),
      entries: [
        [...(before?.entries ?? []).map(listedAgain), ...revoke.map((ca) => ({ ...ca, revokedAt: now }))],
      ],
    },
  );
  return { der, number };
}

function listedAgain({ serial, since: revokedAt, reason: code }: ListedCertificate): CrlEntry {
  const reason = crlReasonName(code);
  if (!isCaRevocationReason(reason))
    throw new Error(
      `The newest CRL lists a certificate for the reason ${reason}, which is not repeated here. Make the next one with the tool that made it.`,
    );
  return { serial, revokedAt, reason };
}

function higherThan(number: bigint, now: Date): bigint {
  const second = BigInt(Math.floor(now.getTime() / 1000));
  return number >= second ? number + 1n : second;
}
