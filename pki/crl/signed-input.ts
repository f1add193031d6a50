import type { SignatureScheme } from "../x509/algorithm.ts";
import type { SignatureCheck } from "../x509/signature.ts";

/** Receives the signed bytes as they are streamed, and then verifies the signature over them. */
export interface SignedInput<V extends boolean | Promise<boolean>> {
  add(bytes: Uint8Array): void;
  /** @param spki SubjectPublicKeyInfo of the claimed signer, DER */
  verify(spki: Uint8Array, signature: Uint8Array): V;
}

export type SignedInputFor<V extends boolean | Promise<boolean>> = (
  scheme: SignatureScheme,
) => SignedInput<V>;

/** Keeps the signed bytes until the end: for input in memory, and where there is no incremental hash (WebCrypto). */
export const collectedFor =
  <V extends boolean | Promise<boolean>>(verify: (check: SignatureCheck) => V): SignedInputFor<V> =>
  (scheme) => {
    const pieces: Uint8Array[] = [];
    return {
      add: (bytes) => void pieces.push(bytes),
      verify: (spki, signature) => verify({ scheme, spki, data: joined(pieces), signature }),
    };
  };

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
