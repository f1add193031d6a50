import type { PurgedKind } from "../../registry/audit/purges.ts";
import type { PurgeRecord } from "./purge-record.ts";

/** Retention periods, in years: CA records after a certificate's end, evidence, consents after their end. */
export interface RetentionYears {
  certificate: number;
  evidence: number;
  consent: number;
}

/** Evidence that no application claims is deleted after this time. */
export const unclaimedEvidenceMs = 24 * 3_600_000;

/** The statutory minimums: no setting may be lower, and a purge below them is reported as a fault. */
export const leastYears: RetentionYears = { certificate: 10, evidence: 7, consent: 10 };

/**
 * How long a link request is kept after its end, in years. No law requires the CA to keep it: the agreement itself is
 * a consent with its own evidence.
 */
export const linkRequestYears = 1;

const leastOf: Record<PurgedKind, number> = {
  evidence: leastYears.evidence,
  certificates: leastYears.certificate,
  consents: leastYears.consent,
  "link-requests": linkRequestYears,
  "page-visits": leastYears.certificate,
  "erasure-requests": leastYears.consent,
  "refused-reads": leastYears.consent,
  "audit-lines": leastYears.certificate,
  // The content of a CRL remains in the revocations, which are kept longer.
  crls: 0,
};

export const yearsBefore = (now: Date, years: number): Date => {
  const then = new Date(now);
  then.setUTCFullYear(then.getUTCFullYear() - years);
  return then;
};

/**
 * What the retention rule did not allow in a signed purge, in a sentence. The age of audit lines is taken from the
 * checkpoint that covers them: it was signed after they were written, and the database cannot alter it.
 * @param at when the purge was signed
 * @param checkpoints those signed before it
 */
export function purgeFault(
  { id, what, keptYears, chain }: PurgeRecord,
  at: Date,
  checkpoints: readonly { position: bigint; hash: string; at: Date }[],
): string | undefined {
  const purge = `The purge ${id}`;
  const least = leastOf[what];
  if (keptYears < least) return `${purge} kept ${what} for ${keptYears} years; the rule is ${least}.`;
  if (what !== "audit-lines") return undefined;
  if (!chain) return `${purge} does not say how far the chain was destroyed.`;
  const vouching = checkpoints.find(({ position }) => position === chain.position);
  if (vouching?.hash !== chain.hash)
    return `${purge} ends at ${chain.position}, and no checkpoint was signed there with its hash.`;
  if (vouching.at >= yearsBefore(at, keptYears))
    return `${purge} destroyed lines that were not ${keptYears} years old.`;
  return undefined;
}
