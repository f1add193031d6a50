import { failure, type PathFailure } from "./failure.ts";

/** The limits of one search. Each is a count, so that the result does not depend on the machine's speed. */
export interface PathLimits {
  /** Certificates given as intermediates; more are refused before any is parsed. */
  intermediates: number;
  /** Certificates of a path, including the signer's and the trust anchor's. */
  length: number;
  /** Signatures verified. */
  signatures: number;
  /** Certificates visited; one on several paths counts each time. */
  visits: number;
  /** Comparisons of a name with a subtree, over all paths. */
  comparisons: number;
}

export const defaultLimits: PathLimits = {
  intermediates: 32,
  length: 8,
  signatures: 64,
  visits: 256,
  comparisons: 65_536,
};

/** A limit of {@link PathLimits} was reached. */
export class LimitReached extends Error {
  override name = "LimitReached";
  readonly failure: PathFailure;

  constructor(limit: Spent) {
    super(`The search for a path reached its limit of ${limit}.`);
    this.failure = failure("search-limit", this.message);
  }
}

export type Spent = "signatures" | "visits" | "comparisons";

/** Counts the cost of a search. */
export class Budget {
  readonly limits: PathLimits;
  readonly #spent = { signatures: 0, visits: 0, comparisons: 0 };

  constructor(limits: Partial<PathLimits> = {}) {
    this.limits = { ...defaultLimits, ...limits };
  }

  /** @throws LimitReached */
  spend(what: Spent, amount = 1): void {
    this.#spent[what] += amount;
    if (this.#spent[what] > this.limits[what]) throw new LimitReached(what);
  }
}
