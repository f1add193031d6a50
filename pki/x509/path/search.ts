import { sameBytes } from "../../der/bytes.ts";
import type { Certificate } from "../certificate.ts";
import { sameName } from "../name.ts";
import type { Verifying } from "../signature.ts";
import { type Candidate, issuersOf, sameCertificate } from "./candidates.ts";
import { caName } from "./facts.ts";
import { failure, type PathFailure } from "./failure.ts";
import type { Budget } from "./limits.ts";
import { ownFault } from "./own-fault.ts";
import type { PathQuestion, PathResult } from "./question.ts";
import { applyRules } from "./rules.ts";

/** A depth-first search from the signer upwards. No signature is verified twice under the same key. */
export class Search {
  readonly #candidates: readonly Candidate[];
  readonly #question: PathQuestion;
  readonly #budget: Budget;
  /** The keys (SubjectPublicKeyInfo) that signed a certificate, and those that did not. */
  readonly #verified = new Map<Certificate, { spki: Uint8Array; good: boolean }[]>();
  #nearest = { progress: -1, failure: failure("no-issuer", "") };

  constructor(candidates: readonly Candidate[], question: PathQuestion, budget: Budget) {
    this.#candidates = candidates;
    this.#question = question;
    this.#budget = budget;
  }

  *from(signer: Certificate): Verifying<PathResult> {
    return (yield* this.#extend([signer])) ?? this.#nearest.failure;
  }

  /** Continues a path whose last certificate is not a trust anchor; undefined if that leads nowhere. */
  *#extend(path: readonly Certificate[]): Verifying<PathResult | undefined> {
    const child = path.at(-1) as Certificate;
    for (const candidate of issuersOf(child, this.#candidates, this.#question.at)) {
      this.#budget.spend("visits");
      const { certificate, isAnchor } = candidate;
      if (repeats(path, certificate)) continue;
      const extended = [...path, certificate];
      const broken =
        this.#tooLong(extended, candidate) ??
        ownFault(certificate, isAnchor ? "anchor" : "ca", this.#question) ??
        (yield* this.#signature(child, certificate));
      if (broken) this.#note(2 * path.length + 1, broken);
      else {
        const found = isAnchor ? yield* this.#check(extended) : yield* this.#extend(extended);
        if (found) return found;
      }
    }
    this.#note(2 * path.length, noIssuer(path));
    return undefined;
  }

  #tooLong(path: readonly Certificate[], { distance }: Candidate): PathFailure | undefined {
    const { length } = this.#budget.limits;
    return path.length + distance > length
      ? failure("path-length", `A path of more than ${length} certificates is not accepted.`)
      : undefined;
  }

  *#signature(child: Certificate, issuer: Certificate): Verifying<PathFailure | undefined> {
    const { spki } = issuer;
    const known = this.#verified.get(child) ?? [];
    let answer = known.find((one) => sameBytes(one.spki, spki));
    if (!answer) {
      this.#budget.spend("signatures");
      const { scheme, tbs: data, signature } = child;
      answer = { spki, good: scheme !== undefined && (yield { scheme, spki, data, signature }) };
      this.#verified.set(child, [...known, answer]);
    }
    return answer.good
      ? undefined
      : failure("signature", `The key of ${caName(issuer)} did not sign the certificate below it.`);
  }

  /** Checks a path to a trust anchor whose certificates and signatures are valid one by one. */
  *#check(path: Certificate[]): Verifying<PathResult | undefined> {
    const { accept } = this.#question;
    const ruled = applyRules(path, this.#question, this.#budget);
    const broken = ruled.ok ? accept && (yield* accept(path)) : ruled;
    if (ruled.ok && !broken) return { ok: true, path, policies: ruled.policies };
    if (broken) this.#note(2 * path.length + 1, broken);
    return undefined;
  }

  #note(progress: number, reason: PathFailure): void {
    if (progress > this.#nearest.progress) this.#nearest = { progress, failure: reason };
  }
}

/**
 * Whether a certificate, or a CA with the same name and key, is already in the path. A second one could only add constraints to
 * those of the path without the certificates in between.
 */
const repeats = ([signer, ...cas]: readonly Certificate[], next: Certificate): boolean =>
  sameCertificate(signer as Certificate, next) ||
  cas.some((ca) => sameBytes(ca.spki, next.spki) && sameName(ca.subject, next.subject));

function noIssuer(path: readonly Certificate[]): PathFailure {
  const whose =
    path.length === 1 ? "the signer's issuer" : `the issuer of ${caName(path.at(-1) as Certificate)}`;
  return failure(
    "no-issuer",
    `No trust anchor bears the name of ${whose}, and no certificate given that leads to one.`,
  );
}
