import type { Certificate } from "../certificate.ts";
import type { Verifying } from "../signature.ts";
import type { PathFailure } from "./failure.ts";
import type { PathLimits } from "./limits.ts";
import type { PolicyQuestion } from "./rules.ts";

/** What is asked of a path. */
export interface PathQuestion extends PolicyQuestion {
  /**
   * CA certificates that the caller trusts. Their names and keys count, not their signatures; their validity and
   * constraints count too (docs/decisions/0027).
   */
  anchors: readonly Certificate[];
  /** Certificates that may lead to an anchor, from whomever and in any order. */
  intermediates: readonly Certificate[];
  /** The moment for which it is asked. Ends of validity are inclusive, and no clock skew is granted. */
  at: Date;
  /** A purpose of extKeyUsage: every certificate below the anchor that has the extension must name it, or any purpose. */
  purpose?: string;
  /** A further rule for a path that is valid otherwise, above all for revocation: when it refuses, the search goes on. */
  accept?: (path: readonly Certificate[]) => Verifying<PathFailure | undefined>;
  limits?: Partial<PathLimits>;
}

export type PathResult =
  | {
      ok: true;
      /** The signer's certificate (the very argument) first, the anchor's last. */
      path: Certificate[];
      /** Policies under which the path is valid, as the anchor calls them; `anyPolicy` for all. */
      policies: string[];
    }
  | PathFailure;
