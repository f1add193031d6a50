import { AsnConvert } from "@peculiar/asn1-schema";
import {
  type GeneralName,
  IssuingDistributionPoint,
  id_ce_issuingDistributionPoint,
} from "@peculiar/asn1-x509";
import type { X509Crl } from "@peculiar/x509";

/**
 * Whether a CRL speaks of certificates that name `distributionPoint` (RFC 5280 §6.3.3 (b)): a CA publishes several, and a
 * certificate that stands on none of the others is not thereby good.
 */
export function covers(crl: X509Crl, distributionPoint: string): boolean {
  const critical = crl.extensions.filter((extension) => extension.critical);
  // A delta CRL, and what we do not know, say that there is more to it than the list.
  if (critical.some(({ type }) => type !== id_ce_issuingDistributionPoint)) return false;
  const found = crl.extensions.find(({ type }) => type === id_ce_issuingDistributionPoint);
  if (!found) return true;
  const scope = AsnConvert.parse(found.value, IssuingDistributionPoint);
  const isPartial =
    scope.onlyContainsCACerts ||
    scope.onlyContainsAttributeCerts ||
    scope.indirectCRL ||
    scope.onlySomeReasons !== undefined;
  const names: GeneralName[] = scope.distributionPoint?.fullName ?? [];
  const isNamed =
    scope.distributionPoint === undefined ||
    names.some(({ uniformResourceIdentifier }) => uniformResourceIdentifier === distributionPoint);
  return !isPartial && isNamed;
}
