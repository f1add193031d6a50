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
import { CRLReason, Extension } from "@peculiar/asn1-x509";
import * as asn1js from "asn1js";
import type { RevocationReason } from "../../protocol/revocation.ts";
import type { SignatureAlgorithm } from "../key-store/key-store.ts";
import { signatureAlgorithmOfSpki } from "../key-store/signature-algorithm.ts";
import { readCertificate } from "../x509/certificate.ts";
import type { Authority } from "./authority.ts";
import { bufferOf, encodeDer, sequenceOf } from "./der.ts";
import { revocationReasons } from "./revocation.ts";
import { signObject } from "./signed-object.ts";
import { clockSkewMs, latest, requireTimes, wholeSeconds } from "./time.ts";

/** Default validity of a good or revoked answer, seconds. */
export const ocspValiditySeconds = 3_600;
/** An unknown serial may be issued at any moment, so the answer must expire soon. */
export const unknownValiditySeconds = 60;

export type CertificateStatus =
  | { status: "good" }
  | { status: "revoked"; revokedAt: Date; reason: RevocationReason };

export interface OcspAnswer {
  certId: CertID;
  /** `undefined` is unknown: a serial that this generation never issued. */
  status: CertificateStatus | undefined;
  /** The certificate's own notBefore, if known: no date of the answer is before it. */
  notBefore?: Date;
}

export interface OcspResponseInput {
  /** producedAt. */
  now: Date;
  /** thisUpdate (RFC 6960 §4.2.2.1): when the statuses were known. Default `now`. */
  asOf?: Date;
  /** 1 to 128 bytes (RFC 9654 §2.1); echoed. */
  nonce?: Uint8Array;
  /** From thisUpdate to nextUpdate, except for unknown. */
  validitySeconds?: number;
}

/** The dates of one answer, in whole seconds. */
export interface AnswerTimes {
  thisUpdate: Date;
  nextUpdate: Date;
  /** Only if revoked. */
  revocationTime?: Date;
}

/**
 * The dates of one answer: thisUpdate is when the status was known, and never before notBefore of the signer's or the subject's
 * certificate, nor before the revocation; nextUpdate never exceeds notAfter of the signer or its CA.
 *
 * Throws RangeError on times outside the signer's validity, or before the revocation takes effect.
 */
export function answerTimes(
  authority: Authority,
  { status, notBefore }: Pick<OcspAnswer, "status" | "notBefore">,
  { now, asOf = now, validitySeconds = ocspValiditySeconds }: Omit<OcspResponseInput, "nonce">,
): AnswerTimes {
  const revokedAt = status?.status === "revoked" ? status.revokedAt : undefined;
  requireTimes({ now, asOf, notBefore, revokedAt });
  const signer = signerOf(authority);
  const revocationTime = revokedAt && wholeSeconds(notBefore ? latest(revokedAt, notBefore) : revokedAt);
  const bounds = [signer.notBefore, notBefore, revocationTime].filter((time) => time !== undefined);
  const thisUpdate = latest(wholeSeconds(asOf), ...bounds.map(wholeSeconds));
  if (thisUpdate.getTime() - now.getTime() > clockSkewMs)
    throw new RangeError(
      "An OCSP answer requires that its signer and its certificate are valid, and that a revocation has taken effect.",
    );
  const seconds = status === undefined ? unknownValiditySeconds : validitySeconds;
  const end = Math.min(signer.notAfter.getTime(), authority.issuer.notAfter.getTime());
  const nextUpdate = new Date(Math.min(thisUpdate.getTime() + seconds * 1000, end));
  if (nextUpdate <= latest(thisUpdate, wholeSeconds(now)))
    throw new RangeError(
      `The OCSP signer of ${authority.generation} is valid until ${new Date(end).toISOString()}; it signs nothing after.`,
    );
  return { thisUpdate, nextUpdate, ...(revocationTime && { revocationTime }) };
}

/**
 * Builds and signs an OCSP response (RFC 6960 §4.2, in the profile of RFC 9919 §3.2), DER. It is signed by the generation's
 * delegated signer, whose certificate is included; all answers must be about certificates of that generation. producedAt is the
 * time of signing; see {@link answerTimes} for the dates of each answer, whose RangeError it rejects with. Also rejects if the
 * key store does.
 */
export async function makeOcspResponse(
  authority: Authority,
  answers: readonly OcspAnswer[],
  { nonce, ...input }: OcspResponseInput,
): Promise<Uint8Array<ArrayBuffer>> {
  const timed = answers.map((answer) => ({ ...answer, ...answerTimes(authority, answer, input) }));
  const producedAt = latest(wholeSeconds(input.now), ...timed.map(({ thisUpdate }) => thisUpdate));
  const { certs, keyHash, algorithm } = signerOf(authority);
  const tbsResponseData = encodeDer(
    new ResponseData({
      responderID: new ResponderID({ byKey: new KeyHash(keyHash) }),
      producedAt,
      responses: timed.map(
        ({ certId, status, thisUpdate, nextUpdate, revocationTime }) =>
          new SingleResponse({
            certID: certId,
            certStatus: certStatusOf(status, revocationTime),
            thisUpdate,
            nextUpdate,
          }),
      ),
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

/** An unsigned error response (RFC 6960 §4.2.1). */
export const ocspError = (
  status: "malformedRequest" | "internalError" | "tryLater" | "unauthorized",
): Uint8Array<ArrayBuffer> => encodeDer(new OCSPResponse({ responseStatus: OCSPResponseStatus[status] }));

interface Signer {
  /** The certs field of BasicOCSPResponse with the signer's certificate, DER. */
  certs: Uint8Array;
  /** The responder's key hash is SHA-1 by definition (RFC 6960 §4.2.1): it identifies a key and is not a security function. */
  keyHash: Buffer;
  algorithm: SignatureAlgorithm;
  notBefore: Date;
  notAfter: Date;
}

/** A signer's certificate is parsed once, not for each answer. */
const signers = new WeakMap<Authority, Signer>();

function signerOf(authority: Authority): Signer {
  const known = signers.get(authority);
  if (known !== undefined) return known;
  const { spki, publicKeyBits, notBefore, notAfter } = readCertificate(authority.ocspSigner);
  const certs = new asn1js.Constructed({
    idBlock: { tagClass: 3, tagNumber: 0 },
    value: [sequenceOf(authority.ocspSigner)],
  });
  const signer = {
    certs: new Uint8Array(certs.toBER()),
    keyHash: createHash("sha1").update(publicKeyBits).digest(),
    algorithm: signatureAlgorithmOfSpki(spki),
    notBefore,
    notAfter,
  };
  signers.set(authority, signer);
  return signer;
}

function certStatusOf(status: CertificateStatus | undefined, revocationTime: Date | undefined): CertStatus {
  if (status === undefined) return new CertStatus({ unknown: null });
  if (status.status === "good") return new CertStatus({ good: null });
  const { revokedAt, reason } = status;
  return new CertStatus({
    revoked: new RevokedInfo({
      revocationTime: revocationTime ?? wholeSeconds(revokedAt),
      ...(reason !== "unspecified" && { revocationReason: new CRLReason(revocationReasons[reason]) }),
    }),
  });
}

const nonceExtension = (nonce: Uint8Array): Extension =>
  new Extension({
    extnID: id_pkix_ocsp_nonce,
    extnValue: new OctetString(bufferOf(encodeDer(new OctetString(bufferOf(nonce))))),
  });
