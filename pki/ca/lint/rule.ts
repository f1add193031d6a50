import type { Specimen } from "./specimen.ts";

/** One thing that must be true of every certificate. */
export interface Rule {
  /** Stays the same for ever: journals and audits name rules by it. */
  id: string;
  /** The clause that asks for it. */
  source: string;
  /** What is wrong, as a sentence that quotes nothing of the subject; `undefined` when nothing is. May throw. */
  check: (specimen: Specimen) => string | undefined;
}

export interface Finding {
  rule: string;
  source: string;
  detail: string;
}

export const findingOf = ({ id, source }: Rule, detail: string): Finding => ({ rule: id, source, detail });

/** Every rule is asked. One that throws did not find its certificate right, which is a finding too. */
export function findingsOf(rules: readonly Rule[], specimen: Specimen): Finding[] {
  return rules.flatMap((rule) => {
    let detail: string | undefined;
    try {
      detail = rule.check(specimen);
    } catch {
      // The error may quote the certificate.
      detail = "The rule could not read what it judges.";
    }
    return detail === undefined ? [] : [findingOf(rule, detail)];
  });
}
