import { CRLReasons } from "@peculiar/asn1-x509";

/**
 * Why a certificate was revoked (RFC 5280 §5.3.1). certificateHold and removeFromCRL are left out: what is revoked
 * here stays revoked.
 */
export const revocationReasons = {
  unspecified: CRLReasons.unspecified,
  keyCompromise: CRLReasons.keyCompromise,
  affiliationChanged: CRLReasons.affiliationChanged,
  superseded: CRLReasons.superseded,
  cessationOfOperation: CRLReasons.cessationOfOperation,
  privilegeWithdrawn: CRLReasons.privilegeWithdrawn,
} as const;

export type RevocationReason = keyof typeof revocationReasons;

export interface Revocation {
  /** Lower-case hex. */
  serial: string;
  revokedAt: Date;
  reason: RevocationReason;
}
