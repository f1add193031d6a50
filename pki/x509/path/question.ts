import type { Certificate } from "../certificate.ts";
import type { Verifying } from "../signature.ts";
import type { PathFailure } from "./failure.ts";
import type { PathLimits } from "./limits.ts";
import type { PolicyQuestion } from "./rules.ts";

/** The inputs of path validation. */
export interface PathQuestion extends PolicyQuestion {
  /**
   * CA certificates that the caller trusts. Their names and keys are used, not their signatures; their validity and constraints
   * apply too (docs/decisions/0027).
   */
  anchors: readonly Certificate[];
  /** Certificates that may lead to a trust anchor, from any source and in any order. */
  intermediates: readonly Certificate[];
  /** The time of validation. Ends of validity are inclusive, without clock tolerance. */
  at: Date;
  /**
   * A purpose of extKeyUsage: every certificate below the trust anchor with the extension must have it, or anyExtendedKeyUsage.
   */
  purpose?: string;
  /** A further check of an otherwise valid path, in particular for revocation: if it refuses, the search continues. */
  accept?: (path: readonly Certificate[]) => Verifying<PathFailure | undefined>;
  limits?: Partial<PathLimits>;
}

export type PathResult =
  | {
      ok: true;
      /** The signer's certificate (the argument itself) first, the trust anchor's last. */
      path: Certificate[];
      /** Policies under which the path is valid, in the trust anchor's domain; `anyPolicy` for all. */
      policies: string[];
    }
  | PathFailure;
