/** Why no path is valid. The codes are stable. */
export type PathFailureCode =
  /** More certificates than the limit. */
  | "too-many-certificates"
  /** The search reached one of its limits before it found a valid path. */
  | "search-limit"
  /** No given certificate has the issuer's name. */
  | "no-issuer"
  /** The issuer's key did not sign the certificate. */
  | "signature"
  /** Signed with an unaccepted algorithm: SHA-1, MD5, DSA, or unknown. */
  | "weak-algorithm"
  /** A key that is too short, or of an unaccepted type. */
  | "weak-key"
  | "not-yet-valid"
  | "expired"
  /** The issuer is not a CA: a certificate before version 3, or without basicConstraints cA. */
  | "not-a-ca"
  /** The issuer's keyUsage lacks keyCertSign. */
  | "key-usage"
  /** extKeyUsage of a certificate excludes the requested purpose. */
  | "purpose"
  | "path-length"
  /** An unknown critical extension. */
  | "critical-extension"
  | "name-constraints"
  | "policy"
  /** An extension cannot be parsed, or the certificate contradicts itself. */
  | "malformed"
  /** The caller's own rule ({@link PathQuestion.accept}), in particular revocation. */
  | "revoked"
  | "status-unknown";

export interface PathFailure {
  ok: false;
  code: PathFailureCode;
  /** An English sentence. It names CAs, never the signer. */
  detail: string;
}

export const failure = (code: PathFailureCode, detail: string): PathFailure => ({ ok: false, code, detail });
