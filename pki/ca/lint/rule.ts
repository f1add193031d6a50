import type { Specimen } from "./specimen.ts";

/** A condition that every certificate must meet. */
export interface Rule {
  /** Never changes: journals and audits refer to rules by it. */
  id: string;
  /** The clause that requires it. */
  source: string;
  /** What is wrong, as a sentence that quotes nothing of the subject; `undefined` if nothing. May throw. */
  check: (specimen: Specimen) => string | undefined;
}

export interface Finding {
  rule: string;
  source: string;
  detail: string;
}

export const findingOf = ({ id, source }: Rule, detail: string): Finding => ({ rule: id, source, detail });

/** Applies every rule. One that throws is also a finding. */
export function findingsOf(rules: readonly Rule[], specimen: Specimen): Finding[] {
  return rules.flatMap((rule) => {
    let detail: string | undefined;
    try {
      detail = rule.check(specimen);
    } catch {
      // The error may quote the certificate.
      detail = "The rule could not read what it checks.";
    }
    return detail === undefined ? [] : [findingOf(rule, detail)];
  });
}
