import { createHash } from "node:crypto";
import {
  type CertID,
  CertStatus,
  id_pkix_ocsp_basic,
  id_pkix_ocsp_nonce,
  KeyHash,
  OCSPResponse,
  OCSPResponseStatus,
  ResponderID,
  ResponseBytes,
  ResponseData,
  RevokedInfo,
  SingleResponse,
} from "@peculiar/asn1-ocsp";
import { OctetString } from "@peculiar/asn1-schema";
import { Certificate, CRLReason, Extension } from "@peculiar/asn1-x509";
import * as asn1js from "asn1js";
import type { RevocationReason } from "../../protocol/revocation.ts";
import type { SignatureAlgorithm } from "../key-store/key-store.ts";
import { signatureAlgorithmOfSpki } from "../key-store/signature-algorithm.ts";
import type { Authority } from "./authority.ts";
import { bufferOf, encodeDer, parseDer, sequenceOf } from "./der.ts";
import { revocationReasons } from "./revocation.ts";
import { signObject } from "./signed-object.ts";
import { wholeSeconds } from "./time.ts";

/** How long an answer of good or revoked may be relied on, unless the caller says otherwise. */
export const ocspValiditySeconds = 3_600;
/** An unknown serial may be issued the next moment: nobody should believe the answer for long. */
export const unknownValiditySeconds = 60;

export type CertificateStatus =
  | { status: "good" }
  | { status: "revoked"; revokedAt: Date; reason: RevocationReason };

export interface OcspAnswer {
  certId: CertID;
  /** `undefined` is unknown: a serial this generation never issued. */
  status: CertificateStatus | undefined;
}

export interface OcspResponseInput {
  now: Date;
  /** 1 to 128 bytes (RFC 9654 §2.1); echoed. */
  nonce?: Uint8Array;
  /** From thisUpdate to nextUpdate of answers that are not unknown. */
  validitySeconds?: number;
}

/**
 * Makes and signs an OCSP response (RFC 6960 §4.2, in the profile of RFC 9919 §3.2), DER. It is signed by the delegated
 * signer of the generation, whose certificate comes along; the answers must be about certificates of that generation.
 * Rejects when the key store does.
 */
export async function makeOcspResponse(
  authority: Authority,
  answers: readonly OcspAnswer[],
  { now, nonce, validitySeconds = ocspValiditySeconds }: OcspResponseInput,
): Promise<Uint8Array<ArrayBuffer>> {
  const time = wholeSeconds(now);
  const { certs, keyHash, algorithm } = signerOf(authority);
  const tbsResponseData = encodeDer(
    new ResponseData({
      responderID: new ResponderID({ byKey: new KeyHash(keyHash) }),
      producedAt: time,
      responses: answers.map(({ certId, status }) => {
        const seconds = status === undefined ? unknownValiditySeconds : validitySeconds;
        return new SingleResponse({
          certID: certId,
          certStatus: certStatusOf(status),
          thisUpdate: time,
          nextUpdate: new Date(time.getTime() + seconds * 1000),
        });
      }),
      ...(nonce && { responseExtensions: [nonceExtension(nonce)] }),
    }),
  );
  const { keyStore, ocspSignerKeyId: keyId } = authority;
  const basicResponse = await signObject({ keyStore, keyId }, tbsResponseData, algorithm, certs);
  return encodeDer(
    new OCSPResponse({
      responseStatus: OCSPResponseStatus.successful,
      responseBytes: new ResponseBytes({
        responseType: id_pkix_ocsp_basic,
        response: new OctetString(basicResponse),
      }),
    }),
  );
}

/** An unsigned answer that carries no status (RFC 6960 §4.2.1). */
export const ocspError = (
  status: "malformedRequest" | "internalError" | "tryLater" | "unauthorized",
): Uint8Array<ArrayBuffer> => encodeDer(new OCSPResponse({ responseStatus: OCSPResponseStatus[status] }));

interface Signer {
  /** The certs field of BasicOCSPResponse with the signer's certificate, DER. */
  certs: Uint8Array;
  /** The responder's key hash is SHA-1 by definition (RFC 6960 §4.2.1): it names a key and protects nothing. */
  keyHash: Buffer;
  algorithm: SignatureAlgorithm;
}

/** A signer's certificate is read once, not for each of the answers it signs. */
const signers = new WeakMap<Authority, Signer>();

function signerOf(authority: Authority): Signer {
  const known = signers.get(authority);
  if (known !== undefined) return known;
  const { subjectPublicKeyInfo } = parseDer(authority.ocspSigner, Certificate).tbsCertificate;
  const certs = new asn1js.Constructed({
    idBlock: { tagClass: 3, tagNumber: 0 },
    value: [sequenceOf(authority.ocspSigner)],
  });
  const signer = {
    certs: new Uint8Array(certs.toBER()),
    keyHash: createHash("sha1").update(new Uint8Array(subjectPublicKeyInfo.subjectPublicKey)).digest(),
    algorithm: signatureAlgorithmOfSpki(encodeDer(subjectPublicKeyInfo)),
  };
  signers.set(authority, signer);
  return signer;
}

function certStatusOf(status: CertificateStatus | undefined): CertStatus {
  if (status === undefined) return new CertStatus({ unknown: null });
  if (status.status === "good") return new CertStatus({ good: null });
  const { revokedAt, reason } = status;
  return new CertStatus({
    revoked: new RevokedInfo({
      revocationTime: wholeSeconds(revokedAt),
      ...(reason !== "unspecified" && { revocationReason: new CRLReason(revocationReasons[reason]) }),
    }),
  });
}

const nonceExtension = (nonce: Uint8Array): Extension =>
  new Extension({
    extnID: id_pkix_ocsp_nonce,
    extnValue: new OctetString(bufferOf(encodeDer(new OctetString(bufferOf(nonce))))),
  });
