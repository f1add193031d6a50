import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { CertID, id_pkix_ocsp_nonce, Nonce, OCSPRequest, Request, TBSRequest } from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Extension } from "@peculiar/asn1-x509";
import { sameBytes } from "../der/bytes.ts";
import { tags } from "../der/cursor.ts";
import type { Certificate } from "../x509/certificate.ts";
import { serialContent } from "../x509/serial-number.ts";
import type { CertId } from "./response.ts";

/**
 * Hashes of a CertID: they identify an issuer and are not a security function, so SHA-1 is sufficient, and every responder
 * supports it.
 */
export type CertIdHash = "sha1" | "sha256";

const oids: Record<CertIdHash, string> = { sha1: "1.3.14.3.2.26", sha256: "2.16.840.1.101.3.4.2.1" };
const digests = { sha1, sha256 };

/** The fields of an issuer that OCSP uses. */
export type NamedIssuer = Pick<Certificate, "subject" | "publicKeyBits">;

/** A requested certificate: one serial number of one issuer, whose hashes are computed once. */
export interface AskedCertId {
  hash: CertIdHash;
  issuerNameHash: Uint8Array;
  issuerKeyHash: Uint8Array;
  /** In the form of Certificate.serial (x509/certificate.ts). */
  serial: string;
}

/** The CertID of a certificate (RFC 6960 §4.1.1). */
export function certIdOf(serial: string, issuer: NamedIssuer, hash: CertIdHash): AskedCertId {
  const digest = digests[hash];
  return {
    hash,
    issuerNameHash: digest(issuer.subject.der),
    issuerKeyHash: digest(issuer.publicKeyBits),
    serial,
  };
}

/** Whether an answer is about the requested certificate. The hash parameters, NULL or absent, are ignored. */
export function isAbout(answered: CertId, asked: AskedCertId): boolean {
  const { oid, parameters } = answered.hashAlgorithm;
  const isPlain = parameters === undefined || parameters[0] === tags.null;
  return (
    oid === oids[asked.hash] &&
    isPlain &&
    answered.serial === asked.serial &&
    sameBytes(answered.issuerNameHash, asked.issuerNameHash) &&
    sameBytes(answered.issuerKeyHash, asked.issuerKeyHash)
  );
}

/**
 * An OCSP request (RFC 6960 §4.1) for one certificate, DER. `nonce` is 16 to 32 fresh random bytes (RFC 9654 §2.1), needed to
 * verify the response.
 */
export function makeOcspRequest(asked: AskedCertId, nonce: Uint8Array): Uint8Array<ArrayBuffer> {
  const reqCert = new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithm: oids[asked.hash], parameters: null }),
    issuerNameHash: new OctetString(asked.issuerNameHash),
    issuerKeyHash: new OctetString(asked.issuerKeyHash),
    serialNumber: Uint8Array.from(serialContent(asked.serial)).buffer,
  });
  const value = new OctetString(AsnConvert.serialize(new Nonce(nonce)));
  const request = new OCSPRequest({
    tbsRequest: new TBSRequest({
      requestList: [new Request({ reqCert })],
      requestExtensions: [new Extension({ extnID: id_pkix_ocsp_nonce, extnValue: value })],
    }),
  });
  return new Uint8Array(AsnConvert.serialize(request));
}
