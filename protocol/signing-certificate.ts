import { AsnArray, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";

/** ESSCertIDv2: the default algorithm is SHA-256. */
export class EssCertIdV2 {
  hashAlgorithm?: AlgorithmIdentifier;
  certHash = new OctetString();
  issuerSerial?: ArrayBuffer;
}
AsnType({ type: AsnTypeTypes.Sequence })(EssCertIdV2);
AsnProp({ type: AlgorithmIdentifier, optional: true })(EssCertIdV2.prototype, "hashAlgorithm");
AsnProp({ type: OctetString })(EssCertIdV2.prototype, "certHash");
AsnProp({ type: AsnPropTypes.Any, optional: true })(EssCertIdV2.prototype, "issuerSerial");

/** SEQUENCE OF ESSCertIDv2: the signer's first. */
export class EssCertIdsV2 extends AsnArray<EssCertIdV2> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: EssCertIdV2 })(EssCertIdsV2);

/** SigningCertificateV2 (RFC 5035 §3). */
export class SigningCertificateV2 {
  certs = new EssCertIdsV2();
  policies?: ArrayBuffer;
}
AsnType({ type: AsnTypeTypes.Sequence })(SigningCertificateV2);
AsnProp({ type: EssCertIdsV2 })(SigningCertificateV2.prototype, "certs");
AsnProp({ type: AsnPropTypes.Any, optional: true })(SigningCertificateV2.prototype, "policies");

/** For the certificate with this SHA-256. */
export function signingCertificate(sha256: Uint8Array): SigningCertificateV2 {
  const id = new EssCertIdV2();
  id.certHash = new OctetString(sha256);
  const value = new SigningCertificateV2();
  value.certs = new EssCertIdsV2([id]);
  return value;
}
