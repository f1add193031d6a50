import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { id_ecdsaWithSHA256 } from "@peculiar/asn1-ecc";
import { encodeDer, parseDer } from "./der.ts";

const maxBytes = 4_096;
/** SubjectPublicKeyInfo of P-256 with a named curve and an uncompressed point: one length, 91 octets. */
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
 * Reads a PKCS#10 request (RFC 2986) in strict DER and verifies the proof of possession: the signature by the key it
 * names. Only P-256 with ecdsa-with-SHA256 and an uncompressed point. Subject and attributes are not used.
 *
 * `spki` is the SubjectPublicKeyInfo (DER), `spkiSha256` its digest as base64url.
 */
export function readCertificateRequest(der: Uint8Array): CertificateRequestVerdict {
  if (der.length > maxBytes) return malformed(`The request is longer than ${maxBytes} bytes.`);
  let request: CertificationRequest;
  try {
    request = parseDer(der, CertificationRequest);
  } catch {
    return malformed("The request is not PKCS#10 in DER.");
  }
  const { certificationRequestInfo, signatureAlgorithm, signature } = request;
  if (certificationRequestInfo.version !== 0) return malformed("The request's version is not 0.");
  if (signatureAlgorithm.algorithm !== id_ecdsaWithSHA256 || signatureAlgorithm.parameters !== undefined) {
    return malformed("The request is not signed with ecdsa-with-SHA256.");
  }
  const spki = encodeDer(certificationRequestInfo.subjectPKInfo);
  const key = p256Key(spki);
  if (key === undefined) return malformed("The key is not an uncompressed point on P-256.");
  const signed = encodeDer(certificationRequestInfo);
  if (!verify("sha256", signed, { key, dsaEncoding: "der" }, new Uint8Array(signature))) {
    return {
      ok: false,
      code: "CSR_PROOF_INVALID",
      detail: "The signature is not by the key in the request.",
    };
  }
  return { ok: true, spki, spkiSha256: createHash("sha256").update(spki).digest("base64url") };
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
