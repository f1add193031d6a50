import { type Cursor, NotDer, tags } from "../der/cursor.ts";

/** CRLReason by its number (RFC 5280 §5.3.1). */
export const crlReasons = {
  0: "unspecified",
  1: "keyCompromise",
  2: "cACompromise",
  3: "affiliationChanged",
  4: "superseded",
  5: "cessationOfOperation",
  6: "certificateHold",
  8: "removeFromCRL",
  9: "privilegeWithdrawn",
  10: "aACompromise",
} as const;

/** A reason by its name. */
export type CrlReason = (typeof crlReasons)[keyof typeof crlReasons];

/** The name of a reason. A number unknown to RFC 5280 is a revocation for an unspecified reason. */
export const crlReasonName = (code: number): CrlReason =>
  crlReasons[code as keyof typeof crlReasons] ?? crlReasons[0];

/**
 * Reads a CRLReason. An unknown number, negative ones included, is `unspecified`: a revocation for an unknown reason is a
 * revocation. @throws NotDer
 */
export function readReason(cursor: Cursor): number {
  const content = cursor.integer(tags.enumerated);
  if (content.length > 4) throw new NotDer("a reason that is out of range");
  const [first = 0] = content;
  return content.length === 1 && first < 0x80 ? first : 0;
}
