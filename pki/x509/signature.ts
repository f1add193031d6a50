import type { SignatureScheme } from "./algorithm.ts";

/** One signature to be verified: RSA PKCS#1 v1.5, or ECDSA in its DER form. */
export interface SignatureCheck {
  scheme: SignatureScheme;
  /** SubjectPublicKeyInfo of the key that is said to have signed, DER. */
  spki: Uint8Array;
  data: Uint8Array;
  signature: Uint8Array;
}

/** Verifies a signature; false too when the key is of another type than the scheme, or unreadable. */
export type VerifySignature = (check: SignatureCheck) => boolean | Promise<boolean>;
export type VerifySignatureSync = (check: SignatureCheck) => boolean;

/**
 * A computation that verifies signatures on its way, without knowing how: it yields each check and goes on with the
 * answer. So one piece of code serves Node (synchronous) and browsers (WebCrypto).
 */
export type Verifying<T> = Generator<SignatureCheck, T, boolean>;

/** Runs a {@link Verifying} where signatures are verified at once. */
export function runSync<T>(steps: Verifying<T>, verify: VerifySignatureSync): T {
  let step = steps.next();
  while (!step.done) step = steps.next(verify(step.value));
  return step.value;
}

/** Runs a {@link Verifying} where a verification may take its time. */
export async function run<T>(steps: Verifying<T>, verify: VerifySignature): Promise<T> {
  let step = steps.next();
  while (!step.done) step = steps.next(await verify(step.value));
  return step.value;
}
