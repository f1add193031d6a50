import { createHash } from "node:crypto";
import { AsnIntegerBigIntConverter, OctetString } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";
import { bufferOf, encodeDer } from "./der.ts";
import { id_pe_qcStatements, type QcStatement, qcStatementsOf } from "./qc-statements.ts";

/** The X.509 extensions that this CA writes (RFC 5280 §4.2 and §5.2), one function each. */

const extension = (extnID: string, critical: boolean, der: Uint8Array): x509.Extension =>
  new x509.Extension({ extnID, critical, extnValue: new OctetString(bufferOf(der)) });

export type KeyUsageName = "digitalSignature" | "nonRepudiation" | "keyCertSign" | "cRLSign";

export function keyUsage(usages: readonly KeyUsageName[]): x509.Extension {
  const flags = usages.reduce((all, usage) => all | x509.KeyUsageFlags[usage], 0);
  return extension(x509.id_ce_keyUsage, true, encodeDer(new x509.KeyUsage(flags)));
}

export const endEntity = (): x509.Extension =>
  extension(x509.id_ce_basicConstraints, true, encodeDer(new x509.BasicConstraints()));

export const certificationAuthority = (pathLenConstraint?: number): x509.Extension =>
  extension(
    x509.id_ce_basicConstraints,
    true,
    encodeDer(
      new x509.BasicConstraints({
        cA: true,
        ...(pathLenConstraint === undefined ? {} : { pathLenConstraint }),
      }),
    ),
  );

/** The first 160 bits of the SHA-256 of the public key (RFC 7093 §2, method 1): RFC 5280's own method uses SHA-1. */
export const keyIdentifierOf = (subjectPublicKey: ArrayBuffer): Uint8Array =>
  new Uint8Array(createHash("sha256").update(new Uint8Array(subjectPublicKey)).digest()).slice(0, 20);

export const subjectKeyIdentifier = (keyIdentifier: Uint8Array): x509.Extension =>
  extension(
    x509.id_ce_subjectKeyIdentifier,
    false,
    encodeDer(new x509.SubjectKeyIdentifier(bufferOf(keyIdentifier))),
  );

export const authorityKeyIdentifier = (keyIdentifier: Uint8Array): x509.Extension =>
  extension(
    x509.id_ce_authorityKeyIdentifier,
    false,
    encodeDer(
      new x509.AuthorityKeyIdentifier({ keyIdentifier: new x509.KeyIdentifier(bufferOf(keyIdentifier)) }),
    ),
  );

/**
 * `cps`: URL of the certification practice statement, as a qualifier of the first policy (RFC 5280 §4.2.1.4), because it is the
 * practice of this CA only.
 */
export function certificatePolicies(
  policyIdentifier: string,
  cps?: string,
  further: readonly string[] = [],
): x509.Extension {
  const policy = new x509.PolicyInformation({ policyIdentifier });
  if (cps !== undefined) {
    const qualifier = bufferOf(encodeDer(new x509.Qualifier({ cPSuri: cps })));
    policy.policyQualifiers = [
      new x509.PolicyQualifierInfo({ policyQualifierId: x509.id_qt_csp, qualifier }),
    ];
  }
  const others = further.map((other) => new x509.PolicyInformation({ policyIdentifier: other }));
  const policies = new x509.CertificatePolicies([policy, ...others]);
  return extension(x509.id_ce_certificatePolicies, false, encodeDer(policies));
}

/** RFC 3739 §3.2.2 and RFC 5280 §4.2.1.8: never critical. */
export const subjectDirectoryAttributes = (attributes: x509.SubjectDirectoryAttributes): x509.Extension =>
  extension(x509.id_ce_subjectDirectoryAttributes, false, encodeDer(attributes));

export const qcStatements = (statements: readonly QcStatement[]): x509.Extension =>
  extension(id_pe_qcStatements, false, encodeDer(qcStatementsOf(statements)));

const address = (uri: string): x509.GeneralName => new x509.GeneralName({ uniformResourceIdentifier: uri });

export const crlDistributionPoint = (uri: string): x509.Extension =>
  extension(
    x509.id_ce_cRLDistributionPoints,
    false,
    encodeDer(
      new x509.CRLDistributionPoints([
        new x509.DistributionPoint({
          distributionPoint: new x509.DistributionPointName({ fullName: [address(uri)] }),
        }),
      ]),
    ),
  );

export function authorityInformationAccess(uris: { ocsp?: string; caIssuers?: string }): x509.Extension {
  const access = (accessMethod: string, uri: string | undefined) =>
    uri === undefined ? [] : [new x509.AccessDescription({ accessMethod, accessLocation: address(uri) })];
  return extension(
    x509.id_pe_authorityInfoAccess,
    false,
    encodeDer(
      new x509.AuthorityInfoAccessSyntax([
        ...access(x509.id_ad_ocsp, uris.ocsp),
        ...access(x509.id_ad_caIssuers, uris.caIssuers),
      ]),
    ),
  );
}

export const extendedKeyUsage = (purpose: string): x509.Extension =>
  extension(x509.id_ce_extKeyUsage, false, encodeDer(new x509.ExtendedKeyUsage([purpose])));

export const crlNumber = (number: bigint): x509.Extension =>
  extension(x509.id_ce_cRLNumber, false, new Uint8Array(AsnIntegerBigIntConverter.toASN(number).toBER()));

export const reasonCode = (reason: x509.CRLReasons): x509.Extension =>
  extension(x509.id_ce_cRLReasons, false, encodeDer(new x509.CRLReason(reason)));
