/** Reasons JPKI revokes for, with their CRLReason numbers (RFC 5280 §5.3.1). */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
} as const;

export type RevocationReason = keyof typeof revocationReasons;

/**
 * Which reason each act at the town hall revokes with.
 *
 * `moved` and `renewed` are as JPKI publishes them. A lost card is reported by telephone and put on hold, which
 * is never lifted. That a death reads like any other change of the register is an assumption: keep it here.
 */
export const reasonOf = {
  moved: "affiliationChanged",
  movedAbroad: "affiliationChanged",
  renamed: "affiliationChanged",
  renewed: "superseded",
  newCard: "superseded",
  lost: "certificateHold",
  held: "certificateHold",
  died: "affiliationChanged",
} as const satisfies Record<string, RevocationReason>;
