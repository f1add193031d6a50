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
 * A TBSCertificate that was held against every rule: {@link lintTbs} makes it and nothing else can. It names `issuer`,
 * its key and its signature algorithm.
 */
export type LintedTbs = { readonly tbs: Uint8Array; readonly issuer: Issuer; readonly [brand]: true };

export type Lint = { ok: true; linted: LintedTbs } | { ok: false; findings: Finding[] };

/**
 * Holds a TBSCertificate (DER) against every rule before the CA's own key sees it: signs it with a throw-away key of
 * the issuer's kind and judges the certificate that results, read from its bytes.
 *
 * What comes back to be signed is a copy: `tbs` may change afterwards. Throws only for an issuing certificate that
 * cannot be read.
 */
export async function lintTbs(tbs: Uint8Array, context: LintContext): Promise<Lint> {
  const own = new Uint8Array(tbs);
  const issuing = new X509Certificate(context.issuingCertificate);
  const { signature, publicKey } = await signThrowAway(own, issuing.publicKey);
  const findings = judge(() => {
    const certificate = signedObject(own, context.issuer.signatureAlgorithm, signature);
    const specimen = readSpecimen(certificate, context, issuing, publicKey);
    // Otherwise what is judged would not be what is signed.
    if (!sameBytes(specimen.parts.tbs, own)) throw new NotDer("a TBSCertificate and more");
    return specimen;
  });
  if (findings.length > 0) return { ok: false, findings };
  return { ok: true, linted: { tbs: own, issuer: context.issuer } as LintedTbs };
}

/** Holds a certificate (DER) that the CA signed before against the same rules. Empty when all is right. */
export function lintCertificate(certificate: Uint8Array, context: LintContext): Finding[] {
  const issuing = new X509Certificate(context.issuingCertificate);
  return judge(() => readSpecimen(certificate, context, issuing, issuing.publicKey));
}

function judge(read: () => Specimen): Finding[] {
  let specimen: Specimen;
  try {
    specimen = read();
  } catch {
    return [findingOf(derCanonical, "It is not a certificate in DER, so no other rule was asked.")];
  }
  return findingsOf(rules, specimen);
}
