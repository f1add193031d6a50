import { type Cursor, tags } from "../der/cursor.ts";
import { type AlgorithmIdentifier, readAlgorithm } from "./algorithm.ts";

/** SIGNED (RFC 5280 §4.1, §5.1): the outer structure of certificates and CRLs. */
export interface Signed {
  /** The signed part, as encoded. */
  tbs: Uint8Array;
  signatureAlgorithm: AlgorithmIdentifier;
  signature: Uint8Array;
}

/** Consumes a SIGNED structure without parsing the signed part. @throws NotDer */
export function readSigned(cursor: Cursor): Signed {
  const outer = cursor.enter();
  const tbs = outer.whole(tags.sequence);
  const signatureAlgorithm = readAlgorithm(outer);
  const signature = outer.octetAlignedBits();
  outer.finish();
  return { tbs, signatureAlgorithm, signature };
}
