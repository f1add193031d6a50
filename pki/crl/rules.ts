import { hexOf } from "../der/bytes.ts";
import { NotDer } from "../der/cursor.ts";
import { algorithmName, type SignatureScheme, signatureScheme } from "../x509/algorithm.ts";
import type { Certificate } from "../x509/certificate.ts";
import { clockSkewSeconds } from "../x509/clock-skew.ts";
import { issuingDistributionPoint } from "../x509/distribution-point.ts";
import { type ExtensionType, readExtension } from "../x509/extension.ts";
import { authorityKeyIdentifier } from "../x509/key-identifier.ts";
import { sameName } from "../x509/name.ts";
import { keyUsage, keyUsageBits } from "../x509/usage.ts";
import { deltaCrlIndicator } from "./delta.ts";
import { type CrlScope, requireScope } from "./scope.ts";
import type { CrlHead, ParsedCrl } from "./structure.ts";
import { UnusableCrl } from "./unusable-crl.ts";

/** Requirements on a reliable list (RFC 5280 §5, §6.3.3). */
export interface CrlRules {
  /** The CA of the certificates; it must have signed the list itself. */
  issuer: Certificate;
  scope: CrlScope;
  /** The time of the check. */
  at: Date;
  /** The previously accepted list: an older one is refused. */
  after?: { number: bigint; thisUpdate: Date } | undefined;
}

/** cRLNumber (RFC 5280 §5.2.3): up to 20 octets, not negative. */
export const crlNumber: ExtensionType<bigint> = {
  oid: "2.5.29.20",
  read: (cursor) => {
    const content = cursor.integer();
    if ((content[0] as number) >= 0x80) throw new NotDer("a negative CRL number");
    if (content.length > 20) throw new NotDer("a CRL number of more than 20 octets");
    return BigInt(`0x${hexOf(content)}`);
  },
};

/** Processed below, so that they may be critical. */
const understood = [issuingDistributionPoint.oid, authorityKeyIdentifier.oid, crlNumber.oid];

/**
 * Checks what comes before the entries: the signer, and the times. A list is valid up to and including nextUpdate; its issuer's
 * clock may be ahead of ours by {@link clockSkewSeconds}.
 * @returns its signature scheme
 * @throws UnusableCrl
 */
export function checkHead(head: CrlHead, { issuer, at, after }: CrlRules): SignatureScheme {
  if (!sameName(head.issuer, issuer.subject))
    throw new UnusableCrl("The issuer of the CRL is not that of the certificate.");
  // Without keyUsage there is no restriction (RFC 5280 §6.3.3 (f)).
  const usage = readExtension(issuer.extensions, keyUsage);
  if (usage !== undefined && !(usage & keyUsageBits.cRLSign))
    throw new UnusableCrl("The CRL's CA may not sign CRLs: its keyUsage lacks cRLSign.");
  const scheme = signatureScheme(head.signatureAlgorithm);
  if (!scheme)
    throw new UnusableCrl(
      `The CRL is signed with ${algorithmName(head.signatureAlgorithm)}, which is not accepted.`,
    );
  const { thisUpdate, nextUpdate } = head;
  if (thisUpdate > nextUpdate) throw new UnusableCrl("The CRL's thisUpdate is after its nextUpdate.");
  if (!(thisUpdate.getTime() <= at.getTime() + clockSkewSeconds * 1_000))
    throw new UnusableCrl("The CRL is from the future (thisUpdate).");
  if (!(at <= nextUpdate)) throw new UnusableCrl("The CRL has expired (nextUpdate).");
  if (after && thisUpdate < after.thisUpdate) throw older();
  return scheme;
}

/** Checks the CA's generation, scope and number (RFC 5280 §5.2). @returns the number. @throws UnusableCrl, BadCertificate */
export function checkExtensions(list: ParsedCrl, { issuer, scope, after }: CrlRules): bigint {
  const { extensions } = list;
  if (extensions.has(deltaCrlIndicator))
    throw new UnusableCrl(`The CRL is a delta CRL (${deltaCrlIndicator}), not a full one.`);
  for (const [oid, { critical }] of extensions)
    if (critical && !understood.includes(oid))
      throw new UnusableCrl(`The CRL has the unknown critical extension ${oid}.`);
  requireGeneration(list, issuer);
  requireScope(readExtension(extensions, issuingDistributionPoint), list.issuer, scope);
  const number = readExtension(extensions, crlNumber);
  if (number === undefined) throw new UnusableCrl("The CRL has no number (RFC 5280 §5.2.3).");
  if (after && number < after.number) throw older();
  return number;
}

/** All generations of a CA may have the same name: another generation's list would not have the certificate. */
function requireGeneration({ extensions }: ParsedCrl, issuer: Certificate): void {
  const key = readExtension(extensions, authorityKeyIdentifier);
  const otherKey = key?.keyId && issuer.subjectKeyId && hexOf(key.keyId) !== issuer.subjectKeyId;
  const otherCertificate = key?.serial !== undefined && key.serial !== issuer.serial;
  if (otherKey || otherCertificate)
    throw new UnusableCrl("The CRL is from another generation of the CA than the certificate.");
}

const older = (): UnusableCrl => new UnusableCrl("The CRL is older than the previous one.");
