import { createHash } from "node:crypto";
import * as asn1js from "asn1js";
import type { Extension } from "pkijs";
import {
  BasicOCSPResponse,
  type CertID,
  Certificate,
  OCSPRequest,
  OCSPResponse,
  ResponseBytes,
  ResponseData,
  SingleResponse,
} from "pkijs";
import { type Generation, keyIdentifier, publicKeyBits, serialHex, wholeSeconds } from "./authority.ts";
import { nameDer } from "./distinguished-names.ts";
import { authorityName } from "./profile.ts";
import { revocationReasons } from "./revocation.ts";
import { publicKeyInfo, signingKey } from "./rsa-keys.ts";
import { signatureEngine } from "./signature-engine.ts";
import type { IssuedCertificate, Store } from "./store.ts";

const nonceOid = "1.3.6.1.5.5.7.48.1.2";
const basicResponseOid = "1.3.6.1.5.5.7.48.1.1";

/** Hash algorithms allowed in a CertID. */
const hashes: Readonly<Record<string, string>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
};

/** OCSPResponseStatus (RFC 6960 §4.2.1). */
const responseStatus = { successful: 0, malformedRequest: 1 } as const;

/** Real responses are refreshed every quarter of an hour; these are fresh, with the corresponding nextUpdate. */
const refreshed = 15 * 60 * 1_000;

/** The most certificates in one request. */
const mostQuestions = 32;

/**
 * An OCSP responder (RFC 6960) for every generation of both CAs, delegated: it signs with its own certificate.
 *
 * Revoked certificates are answered with their reason, held ones as revoked with certificateHold; others are unknown. A nonce
 * is echoed.
 */
export class OcspResponder {
  readonly #store: Store;
  readonly #speakers = new WeakMap<Generation, Speaker>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The DER response to a DER request. An unreadable request is answered malformedRequest. */
  async answer(request: Uint8Array, now: Date): Promise<Buffer> {
    const questions = readRequest(request);
    if (!questions) return withoutBody(responseStatus.malformedRequest);
    const issuers = questions.ids.map((id) => this.#issuer(id));
    // One signature covers all answers, so only one CA's responder can sign; certificates of others are unknown.
    const generation = issuers.find((issuer) => issuer !== undefined) ?? this.#store.common.generations[0];
    if (!generation) throw new Error("There is no CA yet.");
    const answers = questions.ids.map((id, index) => {
      const serial = serialHex(id.serialNumber.valueBlock.valueHexView);
      const known =
        issuers[index] === generation ? this.#store.certificate(generation.keyId, serial) : undefined;
      return single(id, known?.certificate, now);
    });
    return sign(this.#speaker(generation), answers, questions.nonce, now);
  }

  #issuer(id: CertID): Generation | undefined {
    const hash = hashes[id.hashAlgorithm.algorithmId];
    if (!hash) return undefined;
    const asked = Buffer.concat([
      id.issuerNameHash.valueBlock.valueHexView,
      id.issuerKeyHash.valueBlock.valueHexView,
    ]).toString("hex");
    return this.#store.common.generations.find(
      (generation) => this.#speaker(generation).issuerHashes[hash] === asked,
    );
  }

  #speaker(generation: Generation): Speaker {
    const speaker = this.#speakers.get(generation) ?? makeSpeaker(generation);
    this.#speakers.set(generation, speaker);
    return speaker;
  }
}

/** Precomputed data of one generation's responder. */
interface Speaker {
  /** Hash of the issuer's name, then of its key, in hex, by the hash's name, as in a CertID. */
  issuerHashes: Record<string, string>;
  privateKey: string;
  keyHash: Uint8Array;
  certificate: Certificate;
}

function makeSpeaker({ kind, privateKey, responder }: Generation): Speaker {
  const name = nameDer(authorityName(kind));
  const key = publicKeyBits(publicKeyInfo(privateKey));
  const digest = (hash: string, bytes: Uint8Array) => createHash(hash).update(bytes).digest("hex");
  return {
    issuerHashes: Object.fromEntries(
      Object.values(hashes).map((hash) => [hash, digest(hash, name) + digest(hash, key)]),
    ),
    privateKey: responder.privateKey,
    keyHash: keyIdentifier(publicKeyInfo(responder.privateKey)),
    certificate: Certificate.fromBER(new Uint8Array(Buffer.from(responder.certificate, "base64")).buffer),
  };
}

function readRequest(der: Uint8Array): { ids: CertID[]; nonce: Extension | undefined } | undefined {
  try {
    const { tbsRequest } = OCSPRequest.fromBER(new Uint8Array(der).buffer);
    const ids = tbsRequest.requestList.map(({ reqCert }) => reqCert);
    if (ids.length === 0 || ids.length > mostQuestions) return undefined;
    return { ids, nonce: tbsRequest.requestExtensions?.find(({ extnID }) => extnID === nonceOid) };
  } catch {
    return undefined;
  }
}

function single(certID: CertID, certificate: IssuedCertificate | undefined, now: Date): SingleResponse {
  return new SingleResponse({
    certID,
    certStatus: certificateStatus(certificate),
    thisUpdate: wholeSeconds(now),
    nextUpdate: wholeSeconds(new Date(now.getTime() + refreshed)),
  });
}

/** CertStatus: good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL, all implicitly tagged. */
function certificateStatus(certificate: IssuedCertificate | undefined): asn1js.BaseBlock {
  const choice = (tagNumber: number) => new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber } });
  if (!certificate) return choice(2);
  if (!certificate.revoked) return choice(0);
  const { at, reason } = certificate.revoked;
  return new asn1js.Constructed({
    idBlock: { tagClass: 3, tagNumber: 1 },
    value: [
      new asn1js.GeneralizedTime({ valueDate: wholeSeconds(new Date(at)) }),
      new asn1js.Constructed({
        idBlock: { tagClass: 3, tagNumber: 0 },
        value: [new asn1js.Enumerated({ value: revocationReasons[reason] })],
      }),
    ],
  });
}

async function sign(
  { privateKey, keyHash, certificate }: Speaker,
  responses: SingleResponse[],
  nonce: Extension | undefined,
  now: Date,
): Promise<Buffer> {
  const basic = new BasicOCSPResponse({
    tbsResponseData: new ResponseData({
      responderID: new asn1js.OctetString({ valueHex: new Uint8Array(keyHash) }),
      producedAt: wholeSeconds(now),
      responses,
      ...(nonce ? { responseExtensions: [nonce] } : {}),
    }),
    certs: [certificate],
  });
  await basic.sign(await signingKey(privateKey), "SHA-256", signatureEngine);
  const response = new OCSPResponse({
    responseStatus: new asn1js.Enumerated({ value: responseStatus.successful }),
    responseBytes: new ResponseBytes({
      responseType: basicResponseOid,
      response: new asn1js.OctetString({ valueHex: basic.toSchema().toBER() }),
    }),
  });
  return Buffer.from(response.toSchema().toBER());
}

function withoutBody(status: number): Buffer {
  const response = new OCSPResponse({ responseStatus: new asn1js.Enumerated({ value: status }) });
  return Buffer.from(response.toSchema().toBER());
}
