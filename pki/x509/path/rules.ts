import type { Certificate } from "../certificate.ts";
import type { NameConstraints } from "../name-constraints.ts";
import { anyPolicy } from "../policies.ts";
import { constraintBroken } from "./constrained-names.ts";
import { caName, type PathFacts, pathFacts } from "./facts.ts";
import { failure, type PathFailure } from "./failure.ts";
import type { Budget } from "./limits.ts";
import { PolicyGraph } from "./policy-graph.ts";

/** Inputs (c), (e), (f) and (g) of RFC 5280 §6.1.1. */
export interface PolicyQuestion {
  /** Policies accepted by the caller, in the trust anchor's domain; absent for any. */
  policies?: readonly string[] | undefined;
  /** Whether the path must be valid under one of them; otherwise only if a certificate requires it. */
  explicitPolicy?: boolean | undefined;
  inhibitPolicyMapping?: boolean | undefined;
  inhibitAnyPolicy?: boolean | undefined;
}

/**
 * RFC 5280 §6.1.3 to §6.1.5 for one path: the checks that depend on the order of the certificates (length, name constraints,
 * policies). Each certificate by itself and each signature were checked before.
 * @param path the signer's certificate first, the trust anchor's last
 * @returns the policies under which the path is valid (`anyPolicy` stands for all)
 * @throws LimitReached
 */
export function applyRules(
  path: readonly Certificate[],
  question: PolicyQuestion,
  budget: Budget,
): { ok: true; policies: string[] } | PathFailure {
  const [anchor, ...certificates] = path.toReversed() as [Certificate, ...Certificate[]];
  const state = new PathState(certificates.length, question, budget);
  state.begin(anchor);
  for (const [index, certificate] of certificates.entries()) {
    const last = index === certificates.length - 1;
    const broken = state.process(certificate, last) ?? (last ? undefined : state.prepare(certificate));
    if (broken) return broken;
  }
  return state.end(certificates.at(-1) as Certificate);
}

/** State variables of RFC 5280 §6.1.2. Each count is of following certificates. */
class PathState {
  readonly #question: PolicyQuestion;
  readonly #budget: Budget;
  readonly #graph = new PolicyGraph();
  readonly #constraints: NameConstraints[] = [];
  #explicitPolicy: number;
  #policyMapping: number;
  #anyPolicy: number;
  #length: number;

  constructor(length: number, question: PolicyQuestion, budget: Budget) {
    this.#question = question;
    this.#budget = budget;
    this.#explicitPolicy = question.explicitPolicy ? 0 : length + 1;
    this.#policyMapping = question.inhibitPolicyMapping ? 0 : length + 1;
    this.#anyPolicy = question.inhibitAnyPolicy ? 0 : length + 1;
    this.#length = length;
  }

  /** The constraints in the trust anchor's certificate (RFC 5937 §3.2), which only restrict. Its own policies do not count. */
  begin(anchor: Certificate): void {
    this.#constrain(pathFacts(anchor));
  }

  /** §6.1.3 (b) to (f). */
  process(certificate: Certificate, last: boolean): PathFailure | undefined {
    const { selfIssued, policies } = pathFacts(certificate);
    if (last || !selfIssued) {
      const broken = constraintBroken(certificate, this.#constraints, this.#budget);
      if (broken) return failure("name-constraints", broken);
    }
    this.#graph.descend(policies, this.#anyPolicy > 0 || (!last && selfIssued));
    if (this.#explicitPolicy === 0 && this.#graph.isEmpty) return noPolicy();
    return undefined;
  }

  /** §6.1.4 except for checks of a certificate by itself. */
  prepare(certificate: Certificate): PathFailure | undefined {
    const facts = pathFacts(certificate);
    const { mappings, selfIssued } = facts;
    if (mappings.some(({ issuerDomain, subjectDomain }) => [issuerDomain, subjectDomain].includes(anyPolicy)))
      return failure("policy", "A certificate maps anyPolicy, which cannot be mapped.");
    this.#graph.map(mappings, this.#policyMapping > 0);
    if (!selfIssued) {
      if (this.#length === 0)
        return failure(
          "path-length",
          `More CAs follow ${caName(certificate)} than a path length constraint allows.`,
        );
      this.#length -= 1;
      this.#explicitPolicy = Math.max(this.#explicitPolicy - 1, 0);
      this.#policyMapping = Math.max(this.#policyMapping - 1, 0);
      this.#anyPolicy = Math.max(this.#anyPolicy - 1, 0);
    }
    this.#constrain(facts);
    return undefined;
  }

  /** §6.1.5. */
  end(signer: Certificate): { ok: true; policies: string[] } | PathFailure {
    const { requireExplicitPolicy } = pathFacts(signer);
    const explicit = this.#explicitPolicy <= 1 || requireExplicitPolicy === 0;
    const policies = this.#graph.constrained(this.#question.policies ?? [anyPolicy]);
    return explicit && policies.length === 0 ? noPolicy() : { ok: true, policies };
  }

  /** §6.1.4 (g), (i), (j) and (m). */
  #constrain(facts: PathFacts): void {
    if (facts.constraints) this.#constraints.push(facts.constraints);
    const least = (count: number, other: number | undefined) => Math.min(count, other ?? count);
    this.#explicitPolicy = least(this.#explicitPolicy, facts.requireExplicitPolicy);
    this.#policyMapping = least(this.#policyMapping, facts.inhibitPolicyMapping);
    this.#anyPolicy = least(this.#anyPolicy, facts.inhibitAnyPolicy);
    this.#length = least(this.#length, facts.pathLength);
  }
}

const noPolicy = (): PathFailure => failure("policy", "The path is not valid under any accepted policy.");
