import { CRLReasons } from "@peculiar/asn1-x509";
import type { RevocationReason } from "../../protocol/revocation.ts";

/** The CRLReason of each reason (RFC 5280 §5.3.1). */
export const revocationReasons: Record<RevocationReason, CRLReasons> = {
  unspecified: CRLReasons.unspecified,
  keyCompromise: CRLReasons.keyCompromise,
  affiliationChanged: CRLReasons.affiliationChanged,
  superseded: CRLReasons.superseded,
  cessationOfOperation: CRLReasons.cessationOfOperation,
  privilegeWithdrawn: CRLReasons.privilegeWithdrawn,
};

export interface Revocation {
  /** Lower-case hex. */
  serial: string;
  revokedAt: Date;
  reason: RevocationReason;
}
