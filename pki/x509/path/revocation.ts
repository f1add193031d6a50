import { deltaIssuer } from "../../crl/delta.ts";
import { type CrlStatus, crlStatusSync } from "../../crl/status.ts";
import { sameBytes } from "../../der/bytes.ts";
import type { Certificate } from "../certificate.ts";
import { type Name, sameName } from "../name.ts";
import type { SignatureCheck, Verifying } from "../signature.ts";
import { caName } from "./facts.ts";
import { failure, type PathFailure } from "./failure.ts";
import { findPath } from "./find.ts";

export interface CrlsAtHand {
  /** CRLs, DER, of any issuers. */
  crls: readonly Uint8Array[];
  /** As for the path: a CA may sign its CRLs with another key, whose certificate is searched here. */
  intermediates: readonly Certificate[];
  at: Date;
}

/** The most CRL signatures verified in one search. */
const mostSignatures = 64;
/** The most CRL-signing certificates whose own path is built in one search, and the limits of each. */
const mostSigners = 8;
const signerLimits = { signatures: 16, visits: 64 };

/**
 * A check for `accept` of {@link findPath}: every certificate of a path except the trust anchor's must be good by a reliable
 * CRL, and revoked by none (RFC 5280 §6.3). If these CRLs give no answer the path is refused: a certificate covered only by
 * indirect CRLs or CRLs for some reasons, and one whose CA has a delta CRL, which is not applied.
 */
export function goodByCrls(
  lists: CrlsAtHand,
): (path: readonly Certificate[]) => Verifying<PathFailure | undefined> {
  const statuses = new Statuses(lists);
  return (path) => statuses.check(path);
}

class Statuses {
  readonly #lists: CrlsAtHand;
  readonly #deltas: readonly Name[];
  readonly #verified: { crl: Uint8Array; spki: Uint8Array; good: boolean }[] = [];
  readonly #signers: { certificate: Certificate; anchor: Certificate; good: boolean }[] = [];

  constructor(lists: CrlsAtHand) {
    this.#lists = lists;
    this.#deltas = lists.crls.flatMap((crl) => deltaIssuer(crl) ?? []);
  }

  /** From the trust anchor down, so that no revoked CA is used. */
  *check(path: readonly Certificate[]): Verifying<PathFailure | undefined> {
    const anchor = path.at(-1) as Certificate;
    for (let index = path.length - 2; index >= 0; index -= 1) {
      const [certificate, issuer] = path.slice(index, index + 2) as [Certificate, Certificate];
      const status = yield* this.#status(certificate, issuer, anchor);
      const what = index === 0 ? "The signer's certificate" : `The certificate of ${caName(certificate)}`;
      if (status === "revoked") return failure("revoked", `${what} is revoked.`);
      if (status === "unusable") return failure("status-unknown", `${what} is not covered by a usable CRL.`);
    }
    return undefined;
  }

  /** The status by all lists together; CRL-signing keys are used only if the issuer's own key signed none. */
  *#status(
    certificate: Certificate,
    issuer: Certificate,
    anchor: Certificate,
  ): Verifying<CrlStatus["status"]> {
    if (this.#deltas.some((name) => sameName(name, certificate.issuer))) return "unusable";
    const direct = yield* this.#statusBy(issuer, certificate);
    if (direct !== "unusable") return direct;
    for (const other of this.#lists.intermediates) {
      const isOther = sameName(other.subject, certificate.issuer) && !sameBytes(other.spki, issuer.spki);
      if (!isOther || !(yield* this.#isGood(other, anchor))) continue;
      const status = yield* this.#statusBy(other, certificate);
      if (status !== "unusable") return status;
    }
    return "unusable";
  }

  *#statusBy(signer: Certificate, certificate: Certificate): Verifying<CrlStatus["status"]> {
    let found: CrlStatus["status"] = "unusable";
    for (const crl of this.#lists.crls) {
      const status = yield* this.#read(crl, certificate, signer);
      if (status === "revoked") return status;
      if (status === "good") found = status;
    }
    return found;
  }

  /** Whether the certificate of a CRL-signing key has a valid path to the same trust anchor (RFC 5280 §6.3.3 f). */
  *#isGood(certificate: Certificate, anchor: Certificate): Verifying<boolean> {
    const known = this.#signers.find((one) => one.certificate === certificate && one.anchor === anchor);
    if (known || this.#signers.length >= mostSigners) return known?.good ?? false;
    // False during the search: no CRL-signing key can confirm itself, even indirectly.
    const answer = { certificate, anchor, good: false };
    this.#signers.push(answer);
    const accept = (path: readonly Certificate[]) => this.check(path);
    const question = { ...this.#lists, anchors: [anchor], accept, limits: signerLimits };
    answer.good = (yield* findPath(certificate, question)).ok;
    return answer.good;
  }

  /** The status by one list, its signature verified last, and once for each key. */
  *#read(crl: Uint8Array, certificate: Certificate, issuer: Certificate): Verifying<CrlStatus["status"]> {
    let check: SignatureCheck | undefined;
    const { status } = crlStatusSync(crl, { certificate, issuer, at: this.#lists.at }, (asked) => {
      check = asked;
      return true;
    });
    if (!check) return "unusable";
    const { spki } = check;
    let answer = this.#verified.find((one) => one.crl === crl && sameBytes(one.spki, spki));
    if (!answer) {
      if (this.#verified.length >= mostSignatures) return "unusable";
      answer = { crl, spki, good: yield check };
      this.#verified.push(answer);
    }
    return answer.good ? status : "unusable";
  }
}
