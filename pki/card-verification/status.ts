/** The issuer's status of a card's certificate. An unusable answer is not a status. */
export type CardStatus =
  | {
      ok: true;
      status: "good" | "revoked" | "onHold" | "unknown";
      /** The CRLReason by its name in RFC 5280 §5.3.1 (`affiliationChanged`, `superseded`, …). It does not leave the CA. */
      reason?: string;
      thisUpdate: Date;
      nextUpdate?: Date;
    }
  | {
      ok: false;
      /** Why the answer is unusable, without personal data. */
      detail: string;
    };

/** The answer is unusable; converted to a {@link CardStatus}. */
export class UnusableStatus extends Error {}
