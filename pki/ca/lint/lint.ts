import { X509Certificate } from "node:crypto";
import { sameBytes } from "../../der/bytes.ts";
import { NotDer } from "../../der/cursor.ts";
import type { Issuer } from "../authority.ts";
import { signedObject } from "../signed-object.ts";
import { type Finding, findingOf, findingsOf } from "./rule.ts";
import { derCanonical } from "./rules/form.ts";
import { rules } from "./rules.ts";
import { type LintContext, readSpecimen, type Specimen } from "./specimen.ts";
import { signThrowAway } from "./throw-away-key.ts";

export type { Finding } from "./rule.ts";
export type { LintContext } from "./specimen.ts";

declare const brand: unique symbol;

/**
 * A TBSCertificate that passed every rule: only {@link lintTbs} creates it. It has the key and signature algorithm of `issuer`.
 */
export type LintedTbs = { readonly tbs: Uint8Array; readonly issuer: Issuer; readonly [brand]: true };

export type Lint = { ok: true; linted: LintedTbs } | { ok: false; findings: Finding[] };

/**
 * Checks a TBSCertificate (DER) against every rule before the CA's own key signs it: signs it with a throw-away key of the
 * issuer's kind and checks the resulting certificate, parsed from its bytes.
 *
 * The returned TBS is a copy, so `tbs` may change afterwards. Throws only if the issuing certificate cannot be parsed.
 */
export async function lintTbs(tbs: Uint8Array, context: LintContext): Promise<Lint> {
  const own = new Uint8Array(tbs);
  const issuing = new X509Certificate(context.issuingCertificate);
  const { signature, publicKey } = await signThrowAway(own, issuing.publicKey);
  const findings = check(() => {
    const certificate = signedObject(own, context.issuer.signatureAlgorithm, signature);
    const specimen = readSpecimen(certificate, context, issuing, publicKey);
    // Otherwise the checked bytes would not be the signed ones.
    if (!sameBytes(specimen.parts.tbs, own)) throw new NotDer("a TBSCertificate and more");
    return specimen;
  });
  if (findings.length > 0) return { ok: false, findings };
  return { ok: true, linted: { tbs: own, issuer: context.issuer } as LintedTbs };
}

/** Checks a certificate (DER) that the CA signed before against the same rules. Empty if it passes. */
export function lintCertificate(certificate: Uint8Array, context: LintContext): Finding[] {
  const issuing = new X509Certificate(context.issuingCertificate);
  return check(() => readSpecimen(certificate, context, issuing, issuing.publicKey));
}

function check(read: () => Specimen): Finding[] {
  let specimen: Specimen;
  try {
    specimen = read();
  } catch {
    return [findingOf(derCanonical, "It is not a certificate in DER, so no other rule was applied.")];
  }
  return findingsOf(rules, specimen);
}
