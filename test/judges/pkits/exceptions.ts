const dsa = "DSA keys are not taken, nor is SHA-1 under them.";
const reasons = "CRLs for some reasons only are not put together.";
const indirect = "Indirect CRLs are not taken: nobody but the CA signs its certificates' status.";
const deltas = "Delta CRLs are not applied, and a full CRL beside one is not relied on.";

/**
 * Cases whose path is valid and that are refused on purpose (docs/decisions/0027). The other way round there may be none:
 * what is invalid is never accepted.
 */
export const exceptions: Readonly<Record<string, string>> = {
  "4.1.4": dsa,
  "4.1.5": dsa,
  "4.14.18": reasons,
  "4.14.19": reasons,
  "4.14.22": indirect,
  "4.14.24": indirect,
  "4.14.25": indirect,
  "4.14.28": indirect,
  "4.14.29": indirect,
  "4.14.30": indirect,
  "4.14.33": indirect,
  "4.15.2": deltas,
  "4.15.5": deltas,
  "4.15.7": deltas,
  "4.15.8": deltas,
};
