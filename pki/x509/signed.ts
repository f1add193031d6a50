import { type Cursor, tags } from "../der/cursor.ts";
import { type AlgorithmIdentifier, readAlgorithm } from "./algorithm.ts";

/** SIGNED (RFC 5280 §4.1, §5.1): what certificates and CRLs are on the outside. */
export interface Signed {
  /** The signed part, as it was encoded. */
  tbs: Uint8Array;
  signatureAlgorithm: AlgorithmIdentifier;
  signature: Uint8Array;
}

/** Passes a SIGNED structure; the signed part is not looked at. @throws NotDer */
export function readSigned(cursor: Cursor): Signed {
  const outer = cursor.enter();
  const tbs = outer.whole(tags.sequence);
  const signatureAlgorithm = readAlgorithm(outer);
  const signature = outer.octetAlignedBits();
  outer.finish();
  return { tbs, signatureAlgorithm, signature };
}
