import { X509Certificate } from "node:crypto";
import { type Authority, readIssuer } from "../../../pki/ca/authority.ts";
import { makeCrl } from "../../../pki/ca/crl.ts";
import { rootKeyIdOf } from "../../../pki/ca/generation.ts";
import { makeOcspResponse } from "../../../pki/ca/ocsp.ts";
import { makeCertId } from "../../../pki/ca/ocsp-cert-id.ts";
import type { Revocation } from "../../../pki/ca/revocation.ts";
import type { Phone } from "./signing.ts";

/** The status of a phone's certificate as its CA publishes it at a time: what had not happened by then is not in it. */

const times = (at: Date) => ({ thisUpdate: at, nextUpdate: new Date(at.getTime() + 86_400_000) });

/** The CRL that the certificate's distribution point leads to, DER. */
export function publishCrl(phone: Phone, at: Date, revocations: readonly Revocation[]): Promise<Uint8Array> {
  return makeCrl(phone.authority, {
    ...times(at),
    number: BigInt(Math.floor(at.getTime() / 1000)),
    distributionPoint: phone.distributionPoint,
    entries: [revocations.filter(({ revokedAt }) => revokedAt <= at)],
  });
}

/** The OCSP answer about the certificate, DER; its CertID is of SHA-1, as Java and OpenSSL ask. */
export function publishOcsp(phone: Phone, at: Date, revocations: readonly Revocation[]): Promise<Uint8Array> {
  const revocation = revocations.find(({ serial, revokedAt }) => serial === phone.serial && revokedAt <= at);
  const status = revocation ? { status: "revoked" as const, ...revocation } : { status: "good" as const };
  const answer = { certId: makeCertId(phone.authority, "sha1", phone.serial), status };
  return makeOcspResponse(phone.authority, [answer], { now: at });
}

/** The root's CRL after it revoked the issuing CA a second before `at`, DER. */
export function revokeIssuingCa(authority: Authority, at: Date): Promise<Uint8Array> {
  const { keyStore, root, issuing, generation } = authority;
  const serial = new X509Certificate(issuing).serialNumber.toLowerCase();
  return makeCrl(
    { keyStore, issuer: readIssuer(root), issuingKeyId: rootKeyIdOf(generation) },
    {
      ...times(at),
      number: 2n,
      entries: [[{ serial, reason: "cessationOfOperation", revokedAt: new Date(at.getTime() - 1000) }]],
    },
  );
}
