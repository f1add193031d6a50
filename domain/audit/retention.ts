import type { PurgedKind } from "../../registry/audit/purges.ts";
import type { PurgeRecord } from "./purge-record.ts";

/** How long records are kept, years: the CA's books after a certificate's end, evidence, consents after their end. */
export interface RetentionYears {
  books: number;
  evidence: number;
  consent: number;
}

/** Evidence that nothing came of is nobody's, and ends after this. */
export const unclaimedEvidenceMs = 24 * 3_600_000;

/** The law's own terms: no setting goes below them, and no purge is believed that did. */
export const leastYears: RetentionYears = { books: 10, evidence: 7, consent: 10 };

/**
 * How long a request for a link is kept after its end, years. No law has the CA keep it: what was agreed to is a consent with
 * evidence of its own.
 */
export const linkRequestYears = 1;

const leastOf: Record<PurgedKind, number> = {
  evidence: leastYears.evidence,
  certificates: leastYears.books,
  consents: leastYears.consent,
  "link-requests": linkRequestYears,
  "page-visits": leastYears.books,
  "erasure-requests": leastYears.consent,
  "refused-reads": leastYears.consent,
  "audit-lines": leastYears.books,
  // What a list said stands in the revocations, which are books.
  crls: 0,
};

export const yearsBefore = (now: Date, years: number): Date => {
  const then = new Date(now);
  then.setUTCFullYear(then.getUTCFullYear() - years);
  return then;
};

/**
 * What in a signed purge the rule of retention did not allow, in a sentence. The age of audit lines is that of the
 * checkpoint which vouches for them: it was signed after they were written, and the database has no say in it.
 * @param at when it was signed
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
