import { NotDer } from "../../pki/der/cursor.ts";
import { type Certificate, readCertificate } from "../../pki/x509/certificate.ts";
import { BadCertificate } from "../../pki/x509/extension.ts";
import type { PathFailureCode } from "../../pki/x509/path/failure.ts";
import { findPath } from "../../pki/x509/path/find.ts";
import { run, type Verifying } from "../../pki/x509/signature.ts";
import { verifySignature } from "../../pki/x509/verify-signature.ts";
import { givenCertificates, requireMoment } from "./given.ts";

/** There is no path to a trusted root. `code` is stable, the message is for people. */
export class PathInvalid extends Error {
  override name = "PathInvalid";
  readonly code: PathFailureCode;

  constructor(code: PathFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface PathRules {
  /** DER. The caller trusts these. */
  roots: readonly Uint8Array[];
  /** The caller's own, DER. */
  intermediates: readonly Uint8Array[];
  /** Those sent with a signature. */
  sent?: readonly Certificate[];
  /** The time of validation. */
  at: Date;
}

/** The validated certificate first, then its issuer; the root is last. */
export type ValidPath = [certificate: Certificate, issuer: Certificate, ...Certificate[]];

/**
 * Validates the path of a certificate to one of the roots (RFC 5280 §6.1). Revocation is checked separately.
 * @returns the path: its first element is the given certificate
 * @throws PathInvalid
 * @throws TypeError if roots, intermediates or the time are invalid
 */
export function* validPath(
  certificate: Certificate,
  { roots, intermediates, sent = [], at }: PathRules,
): Verifying<ValidPath> {
  requireMoment("the time", at);
  const anchors = givenCertificates("roots", roots);
  const kept = givenCertificates("intermediates", intermediates);
  const found = yield* findPath(certificate, { anchors, intermediates: [...sent, ...kept], at });
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
