/** What the issuer says about a card's certificate. No answer that can be used is no verdict. */
export type CardStatus =
  | {
      ok: true;
      status: "good" | "revoked" | "onHold" | "unknown";
      /** The CRLReason by its name in RFC 5280 §5.3.1 (`affiliationChanged`, `superseded`, …). Stays inside the CA. */
      reason?: string;
      thisUpdate: Date;
      nextUpdate?: Date;
    }
  | {
      ok: false;
      /** Why the answer cannot be used, without personal data. */
      detail: string;
    };

/** The answer cannot be used; caught where it becomes a {@link CardStatus}. */
export class UnusableStatus extends Error {}
