import { type KeyObject, sign } from "node:crypto";
import {
  AuthorityKeyIdentifier,
  CertificateList,
  CRLNumber,
  CRLReason,
  type CRLReasons,
  type Extension,
  IssuingDistributionPoint,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  id_ce_cRLReasons,
  id_ce_issuingDistributionPoint,
  KeyIdentifier,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
} from "@peculiar/asn1-x509";
import {
  cityName,
  der,
  distributionPoint,
  extension,
  makeName,
  nullAlgorithm,
  type Parts,
  sha256WithRsa,
  type TestCa,
} from "./test-pki.ts";

/** A revoked certificate, by the octets of its serial number. */
export const entry = (serial: number[], reason?: CRLReasons, more: Extension[] = []) =>
  new RevokedCertificate({
    userCertificate: new Uint8Array(serial).buffer,
    revocationDate: new Time(new Date("2026-05-20T00:00:00Z")),
    ...((reason !== undefined || more.length > 0) && {
      crlEntryExtensions: [
        ...(reason === undefined ? [] : [extension(id_ce_cRLReasons, new CRLReason(reason))]),
        ...more,
      ],
    }),
  });
/** The serial number test-pki.ts gives to cards. */
export const ours = [0x01, 0x23, 0x45];
/** Which part of the CRL this is. */
export const scope = (more: Partial<IssuingDistributionPoint> = {}, city = "Chiyoda-ku") =>
  extension(
    id_ce_issuingDistributionPoint,
    new IssuingDistributionPoint({ distributionPoint: distributionPoint(cityName(city)), ...more }),
    true,
  );

export interface CrlMistakes {
  entries?: RevokedCertificate[];
  issuer?: Parts;
  thisUpdate?: string;
  nextUpdate?: string | undefined;
  scope?: Extension | undefined;
  keyId?: Uint8Array;
  /** The whole of it, in place of the one that names the key. */
  authorityKey?: AuthorityKeyIdentifier;
  number?: Extension | undefined;
  more?: Extension[];
  key?: KeyObject;
  algorithm?: string;
}

/** A CRL (RFC 5280 §5) of the test CA, with every mistake one may want to make. */
export function crlOf(ca: TestCa, mistakes: CrlMistakes = {}): Buffer {
  const part = "scope" in mistakes ? mistakes.scope : scope();
  const next = "nextUpdate" in mistakes ? mistakes.nextUpdate : "2026-06-02T15:00:00Z";
  const number = "number" in mistakes ? mistakes.number : extension(id_ce_cRLNumber, new CRLNumber(7));
  const keyIdentifier = new KeyIdentifier(mistakes.keyId ?? ca.keyId);
  const authorityKey = mistakes.authorityKey ?? new AuthorityKeyIdentifier({ keyIdentifier });
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature: nullAlgorithm(sha256WithRsa),
    issuer: makeName(mistakes.issuer ?? ca.name),
    thisUpdate: new Time(new Date(mistakes.thisUpdate ?? "2026-05-31T15:00:00Z")),
    ...(next !== undefined && { nextUpdate: new Time(new Date(next)) }),
    ...(mistakes.entries && { revokedCertificates: mistakes.entries }),
    crlExtensions: [
      extension(id_ce_authorityKeyIdentifier, authorityKey),
      ...(number ? [number] : []),
      ...(part ? [part] : []),
      ...(mistakes.more ?? []),
    ],
  });
  return der(
    new CertificateList({
      tbsCertList,
      signatureAlgorithm: nullAlgorithm(mistakes.algorithm ?? sha256WithRsa),
      signature: new Uint8Array(sign("sha256", der(tbsCertList), mistakes.key ?? ca.keys.privateKey)).buffer,
    }),
  );
}
