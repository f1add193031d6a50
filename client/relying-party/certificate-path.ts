import { X509Certificate } from "node:crypto";
import { Certificate, CertificateChainValidationEngine } from "pkijs";

/** No path leads to a trusted root, or one of its certificates was not in its time. */
export class PathInvalid extends Error {
  override name = "PathInvalid";
}

export interface PathRules {
  /** DER. Trusted because the caller says so. */
  roots: readonly Uint8Array[];
  /** DER; those that came with a signature and those the caller has. */
  intermediates: readonly Uint8Array[];
  /** The moment for which it is asked. */
  at: Date;
}

/**
 * Validates the path of a certificate to one of the roots (RFC 5280 §6.1, by pkijs: signatures, names, basic constraints,
 * key usage of CAs, policies and name constraints, validity at `at`). Revocation is another question.
 * @throws PathInvalid
 */
export async function validatePath(leaf: Uint8Array, { roots, intermediates, at }: PathRules): Promise<void> {
  const engine = new CertificateChainValidationEngine({
    trustedCerts: roots.map(read),
    certs: [...intermediates.filter((der) => !isRoot(der)).map(read), read(leaf)],
    checkDate: at,
  });
  const { result, resultMessage } = await engine.verify().catch((cause: unknown) => {
    throw new PathInvalid("The path cannot be validated.", { cause });
  });
  if (!result) throw new PathInvalid(`No path leads from the certificate to a root: ${resultMessage}`);
}

const read = (der: Uint8Array): Certificate => {
  try {
    return Certificate.fromBER(new Uint8Array(der));
  } catch (cause) {
    throw new PathInvalid("A certificate cannot be read.", { cause });
  }
};

/** A root that came along proves nothing: only the caller's count. */
function isRoot(der: Uint8Array): boolean {
  const { subject, issuer } = new X509Certificate(der);
  return subject === issuer;
}
