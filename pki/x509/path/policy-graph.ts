import type { PolicyMapping } from "../policies.ts";
import { anyPolicy } from "../policies.ts";

/** A policy that is valid for the path so far: a node of the graph (RFC 9618 §5.1). */
interface PolicyNode {
  policy: string;
  /** Nodes one level up; empty if anyPolicy is the only parent. */
  parents: PolicyNode[];
  /** Policies that would continue it in the next certificate. */
  expected: string[];
}

/**
 * The valid policies of a path, level by level, as a graph of linear size (RFC 9618), where the tree of RFC 5280 §6.1.2 (a) is
 * exponential. Ended branches are not pruned: they are skipped at the end.
 */
export class PolicyGraph {
  /** Nodes of the last level except anyPolicy. */
  #level = new Map<string, PolicyNode>();
  /** Whether the last level has a node anyPolicy; its parent can only be another one. */
  #any = true;

  /** Whether no policy is valid ("valid_policy_graph is NULL"). */
  get isEmpty(): boolean {
    return !this.#any && this.#level.size === 0;
  }

  /** The next certificate's policies (RFC 9618 §5.3, steps d and e). `takesAny`: whether its anyPolicy counts. */
  descend(policies: readonly string[] | undefined, takesAny: boolean): void {
    const expecting = this.#expecting();
    const level = new Map<string, PolicyNode>();
    const add = (policy: string, parents: PolicyNode[]) =>
      level.set(policy, { policy, parents, expected: [policy] });
    for (const policy of policies ?? []) {
      const parents = expecting.get(policy);
      if (policy !== anyPolicy && (parents || this.#any)) add(policy, parents ?? []);
    }
    const any = takesAny && (policies?.includes(anyPolicy) ?? false);
    if (any) for (const [policy, parents] of expecting) if (!level.has(policy)) add(policy, parents);
    this.#any &&= any;
    this.#level = level;
  }

  /** The nodes of the last level that expect a policy. */
  #expecting(): Map<string, PolicyNode[]> {
    const expecting = new Map<string, PolicyNode[]>();
    for (const node of this.#level.values()) {
      for (const policy of node.expected) {
        const nodes = expecting.get(policy);
        if (nodes) nodes.push(node);
        else expecting.set(policy, [node]);
      }
    }
    return expecting;
  }

  /** The certificate's mappings (RFC 9618 §5.4, step b); if mapping is inhibited, they end the mapped policies. */
  map(mappings: readonly PolicyMapping[], allowed: boolean): void {
    const mapped = new Map<string, Set<string>>();
    for (const { issuerDomain, subjectDomain } of mappings)
      mapped.set(issuerDomain, (mapped.get(issuerDomain) ?? new Set()).add(subjectDomain));
    for (const [policy, expected] of mapped) {
      const node = this.#level.get(policy);
      if (!allowed) this.#level.delete(policy);
      else if (node) node.expected = [...expected];
      else if (this.#any) this.#level.set(policy, { policy, parents: [], expected: [...expected] });
    }
  }

  /**
   * The policies under which the path is valid, in the trust anchor's domain (RFC 9618 §5.5, step g), among those accepted by
   * the caller. {@link anyPolicy} stands for all.
   */
  constrained(acceptable: readonly string[]): string[] {
    const authority = this.#authority();
    if (acceptable.includes(anyPolicy)) return authority;
    return this.#any ? [...acceptable] : acceptable.filter((policy) => authority.includes(policy));
  }

  /** Policies below anyPolicy with a path to the last level. */
  #authority(): string[] {
    const seen = new Set<PolicyNode>(this.#level.values());
    const policies = new Set<string>(this.#any ? [anyPolicy] : []);
    // Iterating over a set includes elements added during the iteration.
    for (const node of seen) {
      if (node.parents.length === 0) policies.add(node.policy);
      for (const parent of node.parents) seen.add(parent);
    }
    return [...policies];
  }
}
