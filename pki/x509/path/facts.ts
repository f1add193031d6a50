import { NotDer } from "../../der/cursor.ts";
import { subjectAltName } from "../subject-alt-name.ts";
import type { Certificate } from "../certificate.ts";
import { crlDistributionPoints } from "../distribution-point.ts";
import { BadCertificate, type ExtensionType, readExtension } from "../extension.ts";
import type { GeneralName } from "../general-name.ts";
import { sameName } from "../name.ts";
import { type NameConstraints, nameConstraints } from "../name-constraints.ts";
import {
  certificatePolicies,
  inhibitAnyPolicy,
  type PolicyMapping,
  policyConstraints,
  policyMappings,
} from "../policies.ts";
import { isStrong, readPublicKey } from "../public-key.ts";
import { basicConstraints, extendedKeyUsage, keyUsage, keyUsageBits } from "../usage.ts";
import { failure, type PathFailure } from "./failure.ts";

/** What path validation takes from a certificate's extensions and key. */
export interface PathFacts {
  selfIssued: boolean;
  cA: boolean;
  pathLength?: number;
  purposes?: string[];
  altNames: GeneralName[];
  constraints?: NameConstraints;
  policies?: string[];
  mappings: PolicyMapping[];
  requireExplicitPolicy?: number;
  inhibitPolicyMapping?: number;
  inhibitAnyPolicy?: number;
  /** What makes the certificate useless in any path and at any time. */
  fault?: PathFailure;
  /** What makes it useless as an issuer. */
  issuerFault?: PathFailure;
}

/** Extensions that may be critical: those that are processed here, and those that a caller must judge for the signer. */
const known: ReadonlySet<string> = new Set(
  [
    subjectAltName,
    basicConstraints,
    keyUsage,
    extendedKeyUsage,
    nameConstraints,
    certificatePolicies,
    policyMappings,
    policyConstraints,
    inhibitAnyPolicy,
    crlDistributionPoints,
  ].map(({ oid }) => oid),
);

const kept = new WeakMap<Certificate, PathFacts>();

/** The facts of a certificate, read once for each {@link Certificate} object. */
export function pathFacts(certificate: Certificate): PathFacts {
  let facts = kept.get(certificate);
  if (!facts) {
    facts = readFacts(certificate);
    kept.set(certificate, facts);
  }
  return facts;
}

function readFacts(certificate: Certificate): PathFacts {
  try {
    return factsOf(certificate);
  } catch (error) {
    if (!(error instanceof BadCertificate || error instanceof NotDer)) throw error;
    const fault = failure("malformed", error.message);
    return { selfIssued: false, cA: false, altNames: [], mappings: [], fault };
  }
}

function factsOf(certificate: Certificate): PathFacts {
  const read = <T>(type: ExtensionType<T>): T | undefined => readExtension(certificate.extensions, type);
  const basic = read(basicConstraints);
  const usage = read(keyUsage);
  const found = {
    pathLength: basic?.pathLength,
    purposes: read(extendedKeyUsage),
    constraints: read(nameConstraints),
    policies: read(certificatePolicies),
    ...read(policyConstraints),
    inhibitAnyPolicy: read(inhibitAnyPolicy),
    fault: faultOf(certificate),
    issuerFault: issuerFault(certificate, basic, usage),
  };
  read(crlDistributionPoints);
  return {
    selfIssued: sameName(certificate.issuer, certificate.subject),
    cA: basic?.cA ?? false,
    altNames: read(subjectAltName) ?? [],
    mappings: read(policyMappings) ?? [],
    ...(Object.fromEntries(
      Object.entries(found).filter(([, value]) => value !== undefined),
    ) as Partial<PathFacts>),
  };
}

function faultOf({ version, extensions, issuer, spki }: Certificate): PathFailure | undefined {
  if (extensions.size > 0 && version !== 3)
    return failure("malformed", "A certificate before version 3 has extensions.");
  if (issuer.rdns.length === 0) return failure("malformed", "A certificate names no issuer.");
  for (const [oid, { critical }] of extensions) {
    if (critical && !known.has(oid))
      return failure("critical-extension", `A critical extension is not known: ${oid}.`);
  }
  if (!isStrong(readPublicKey(spki)))
    return failure("weak-key", "A certificate has a key that is too weak or of an unknown type.");
  return undefined;
}

/** RFC 5280 §6.1.4 (k) and (n). A certificate before version 3 cannot say that it is a CA, and is none. */
function issuerFault(
  certificate: Certificate,
  basic: { cA: boolean; pathLength?: number } | undefined,
  usage: number | undefined,
): PathFailure | undefined {
  const name = caName(certificate);
  if (!basic?.cA) return failure("not-a-ca", `The certificate of ${name} is not a CA's.`);
  if (usage !== undefined && (usage & keyUsageBits.keyCertSign) === 0)
    return failure("key-usage", `The key of ${name} may not sign certificates.`);
  if (certificate.subject.rdns.length === 0) return failure("malformed", "A CA has no name.");
  return undefined;
}

/** A CA's name for a message, cut: it may be anything that a stranger wrote. */
export const caName = ({ subject: { text } }: Certificate): string =>
  text.length > 120 ? `${text.slice(0, 120)}…` : text;
