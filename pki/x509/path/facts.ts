import { NotDer } from "../../der/cursor.ts";
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
import { subjectAltName } from "../subject-alt-name.ts";
import { basicConstraints, extendedKeyUsage, keyUsage } from "../usage.ts";
import { failure, type PathFailure } from "./failure.ts";

/** The inputs of path validation from a certificate's extensions and key. */
export interface PathFacts {
  selfIssued: boolean;
  cA: boolean;
  /** A sum of keyUsageBits (usage.ts); undefined if the extension is absent, which allows all. */
  usage?: number | undefined;
  pathLength?: number | undefined;
  purposes?: string[] | undefined;
  altNames: GeneralName[];
  constraints?: NameConstraints | undefined;
  policies?: string[] | undefined;
  mappings: PolicyMapping[];
  requireExplicitPolicy?: number | undefined;
  inhibitPolicyMapping?: number | undefined;
  inhibitAnyPolicy?: number | undefined;
  /** Why the certificate is invalid in any path and at any time. */
  fault?: PathFailure | undefined;
}

/** Extensions that may be critical: those processed here, and those that a caller must check for the signer. */
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

/** The inputs from a certificate, computed once for each {@link Certificate} object. */
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
  const constraints = read(policyConstraints);
  // Only checked for being parseable.
  read(crlDistributionPoints);
  return {
    selfIssued: sameName(certificate.issuer, certificate.subject),
    cA: basic?.cA ?? false,
    usage: read(keyUsage),
    pathLength: basic?.pathLength,
    purposes: read(extendedKeyUsage),
    altNames: read(subjectAltName) ?? [],
    constraints: read(nameConstraints),
    policies: read(certificatePolicies),
    mappings: read(policyMappings) ?? [],
    requireExplicitPolicy: constraints?.requireExplicitPolicy,
    inhibitPolicyMapping: constraints?.inhibitPolicyMapping,
    inhibitAnyPolicy: read(inhibitAnyPolicy),
    fault: faultOf(certificate),
  };
}

function faultOf({ version, extensions, issuer, spki }: Certificate): PathFailure | undefined {
  if (extensions.size > 0 && version !== 3)
    return failure("malformed", "A certificate before version 3 has extensions.");
  if (issuer.rdns.length === 0) return failure("malformed", "A certificate has no issuer name.");
  for (const [oid, { critical }] of extensions) {
    if (critical && !known.has(oid))
      return failure("critical-extension", `Unknown critical extension: ${oid}.`);
  }
  if (!isStrong(readPublicKey(spki)))
    return failure("weak-key", "A certificate has a key that is too weak or of an unknown type.");
  return undefined;
}

/** A CA's name for a message, truncated, because it is untrusted text. */
export const caName = ({ subject: { text } }: Certificate): string =>
  text.length > 120 ? `${text.slice(0, 120)}…` : text;
