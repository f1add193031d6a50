import { NotDer } from "../../pki/der/cursor.ts";
import { type Certificate, readCertificate } from "../../pki/x509/certificate.ts";
import { BadCertificate } from "../../pki/x509/extension.ts";
import type { PathFailureCode } from "../../pki/x509/path/failure.ts";
import { findPath } from "../../pki/x509/path/find.ts";
import { run, type Verifying } from "../../pki/x509/signature.ts";
import { verifySignature } from "./verify-signature.ts";

/** No path leads to a trusted root. `code` is stable, the message is for people. */
export class PathInvalid extends Error {
  override name = "PathInvalid";
  readonly code: PathFailureCode;

  constructor(code: PathFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface PathRules {
  /** DER. Trusted because the caller says so. */
  roots: readonly Uint8Array[];
  /** Those that came with a signature, and those the caller has, DER. */
  intermediates: readonly (Certificate | Uint8Array)[];
  /** The moment for which it is asked. */
  at: Date;
}

/** The certificate that was asked for first, then its issuer; the root is the last. */
export type ValidPath = [certificate: Certificate, issuer: Certificate, ...Certificate[]];

/**
 * Validates the path of a certificate to one of the roots (RFC 5280 §6.1). Revocation is another question.
 * @returns the path: its first element is the certificate that was given
 * @throws PathInvalid
 */
export function* validPath(
  certificate: Certificate,
  { roots, intermediates, at }: PathRules,
): Verifying<ValidPath> {
  const found = yield* findPath(certificate, {
    anchors: roots.map(read),
    intermediates: intermediates.map((each) => (each instanceof Uint8Array ? read(each) : each)),
    at,
  });
  if (!found.ok) throw new PathInvalid(found.code, found.detail);
  return found.path as ValidPath;
}

/** {@link validPath} of a certificate in DER. */
export const validatePath = async (certificate: Uint8Array, rules: PathRules): Promise<ValidPath> =>
  run(validPath(read(certificate), rules), verifySignature);

const read = (der: Uint8Array): Certificate => {
  try {
    return readCertificate(der);
  } catch (cause) {
    if (cause instanceof NotDer || cause instanceof BadCertificate)
      throw new PathInvalid("malformed", cause.message, { cause });
    throw cause;
  }
};
