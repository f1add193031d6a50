import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { Cursor, constructedTag, NotDer, readDer } from "../der/cursor.ts";
import { type AlgorithmIdentifier, readAlgorithm } from "../x509/algorithm.ts";
import { readName } from "../x509/name.ts";

const ecdsaWithSha256 = "1.2.840.10045.4.3.2";
const maxBytes = 4_096;
/** No attribute is used. */
const mostAttributes = 16;
/** SubjectPublicKeyInfo of P-256 with a named curve and an uncompressed point always has 91 octets. */
const spkiBytes = 91;

export type CertificateRequestVerdict =
  | { ok: true; spki: Uint8Array; spkiSha256: string }
  | { ok: false; code: "CSR_MALFORMED" | "CSR_PROOF_INVALID"; detail: string };

const malformed = (detail: string): CertificateRequestVerdict => ({
  ok: false,
  code: "CSR_MALFORMED",
  detail,
});

/**
 * Parses a PKCS#10 request (RFC 2986) in strict DER and verifies the proof of possession: the signature by its own key. Only
 * P-256 with ecdsa-with-SHA256 and an uncompressed point. Subject and attributes are not used.
 *
 * `spki` is the SubjectPublicKeyInfo (DER), `spkiSha256` its digest as base64url.
 */
export function readCertificateRequest(der: Uint8Array): CertificateRequestVerdict {
  if (der.length > maxBytes) return malformed(`The request is longer than ${maxBytes} bytes.`);
  let request: CertificateRequest;
  try {
    request = readDer(der, "request", readRequest);
  } catch (error) {
    if (error instanceof NotDer || error instanceof UnusableRequest) return malformed(error.message);
    throw error;
  }
  const { spki, signed, signatureAlgorithm, signature } = request;
  if (signatureAlgorithm.oid !== ecdsaWithSha256 || signatureAlgorithm.parameters !== undefined) {
    return malformed("The request is not signed with ecdsa-with-SHA256.");
  }
  const key = p256Key(spki);
  if (key === undefined) return malformed("The key is not an uncompressed point on P-256.");
  if (!verify("sha256", signed, { key, dsaEncoding: "der" }, signature)) {
    return {
      ok: false,
      code: "CSR_PROOF_INVALID",
      detail: "The signature is not by the key in the request.",
    };
  }
  return { ok: true, spki, spkiSha256: createHash("sha256").update(spki).digest("base64url") };
}

/** CertificationRequest (RFC 2986 §4), not verified yet. */
interface CertificateRequest {
  spki: Uint8Array;
  /** CertificationRequestInfo, as encoded. */
  signed: Uint8Array;
  signatureAlgorithm: AlgorithmIdentifier;
  signature: Uint8Array;
}

/** The request is DER, and violates PKCS#10. */
class UnusableRequest extends Error {}

function readRequest(cursor: Cursor): CertificateRequest {
  const request = cursor.enter();
  const start = request.at;
  const info = request.enter();
  const signed = request.bytes.subarray(start, request.at);
  if (info.smallInteger() !== 0) throw new UnusableRequest("The request's version is not 0.");
  readName(info);
  const spki = info.any();
  readAttributes(info);
  const signatureAlgorithm = readAlgorithm(request);
  const signature = request.octetAlignedBits();
  request.finish();
  return { spki, signed, signatureAlgorithm, signature };
}

/** The field is required even if empty; some writers omit it, and this error tells them. */
function readAttributes(info: Cursor): void {
  const attributes = info.enterIf(constructedTag(0));
  if (!attributes)
    throw new UnusableRequest(
      "The request has no attributes field: PKCS#10 requires one even if it is empty (RFC 2986 §4.1).",
    );
  for (let count = 0; !attributes.ended; count += 1) {
    if (count === mostAttributes) throw new UnusableRequest(`More than ${mostAttributes} attributes.`);
    const attribute = new Cursor(attributes.any()).enter();
    attribute.objectIdentifier();
    attribute.any();
    attribute.finish();
  }
  info.finish();
}

/** OpenSSL refuses points that are not on the curve. */
function p256Key(spki: Uint8Array): KeyObject | undefined {
  if (spki.length !== spkiBytes) return undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const sameAgain = key.export({ format: "der", type: "spki" }).equals(spki);
    return sameAgain && key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
  } catch {
    return undefined;
  }
}
