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

/** The reasons for which a root revokes a CA: compromise of a CA's own key is cACompromise. */
export const caRevocationReasons = {
  ...revocationReasons,
  cACompromise: CRLReasons.cACompromise,
} as const;
export type CaRevocationReason = keyof typeof caRevocationReasons;

export const isCaRevocationReason = (name: string): name is CaRevocationReason =>
  Object.hasOwn(caRevocationReasons, name);

export interface Revocation {
  /** Lower-case hex. */
  serial: string;
  revokedAt: Date;
  reason: RevocationReason;
}
