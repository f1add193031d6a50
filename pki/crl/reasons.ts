/** CRLReason by its number (RFC 5280 §5.3.1). */
const names = {
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

export type CrlReason = (typeof names)[keyof typeof names];

/** The name of a reason. A number that RFC 5280 does not know is a revocation all the same, for an unspecified reason. */
export const crlReasonName = (code: number): CrlReason => names[code as keyof typeof names] ?? names[0];
