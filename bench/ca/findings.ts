import type { Result } from "../measure.ts";

export interface Aim {
  name: string;
  want: string;
  got: number;
  met: boolean;
}

/** The results of one part of the bench. */
export interface Findings {
  results: Result[];
  ratios: Record<string, number>;
  aims: Aim[];
  /** What could not be measured here, and why. */
  missing: string[];
}

export const atLeast = (name: string, least: number, got: number): Aim => ({
  name,
  want: `≥ ${least}`,
  got,
  met: got >= least,
});
