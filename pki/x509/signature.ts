import type { SignatureScheme } from "./algorithm.ts";

/** One signature to be verified: RSA PKCS#1 v1.5, or ECDSA in its DER form. */
export interface SignatureCheck {
  scheme: SignatureScheme;
  /** SubjectPublicKeyInfo of the claimed signer, DER. */
  spki: Uint8Array;
  data: Uint8Array;
  signature: Uint8Array;
}

/** Verifies a signature; false also if the key does not match the scheme, or cannot be parsed. */
export type VerifySignature = (check: SignatureCheck) => boolean | Promise<boolean>;
export type VerifySignatureSync = (check: SignatureCheck) => boolean;

/**
 * A computation that verifies signatures without choosing the implementation: it yields each check and receives the result. So
 * the same code runs in Node (synchronous) and browsers (WebCrypto).
 */
export type Verifying<T> = Generator<SignatureCheck, T, boolean>;

/** Runs a {@link Verifying} with synchronous verification. */
export function runSync<T>(steps: Verifying<T>, verify: VerifySignatureSync): T {
  let step = steps.next();
  while (!step.done) step = steps.next(verify(step.value));
  return step.value;
}

/** Runs a {@link Verifying} with asynchronous verification. */
export async function run<T>(steps: Verifying<T>, verify: VerifySignature): Promise<T> {
  let step = steps.next();
  while (!step.done) step = steps.next(await verify(step.value));
  return step.value;
}
