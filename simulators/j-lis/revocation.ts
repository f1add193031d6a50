/** The reasons for which JPKI revokes, with their CRLReason numbers (RFC 5280 §5.3.1). */
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
 * The reason of each act at the town hall.
 *
 * `moved` and `renewed` are as published by JPKI. A lost card is reported by telephone and put on hold, permanently. That a
 * death has the same reason as any other change of the register is an assumption, made only here.
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
