import { type CertID, id_pkix_ocsp_nonce, OCSPRequest } from "@peculiar/asn1-ocsp";
import { OctetString } from "@peculiar/asn1-schema";
import { parseDer } from "./der.ts";
import { extensionValue } from "./extension.ts";

/** Bytes of a request we read at all: what fits into one packet or URL is plenty. */
export const maxOcspRequestBytes = 4_096;
/** Certificates one request may ask for; each costs a look-up. RFC 9919 clients ask for one (§3.1.1). */
const maxCertIds = 8;

export interface OcspRequest {
  certIds: CertID[];
  /** 1 to 128 bytes (RFC 9654 §2.1). */
  nonce?: Uint8Array;
}

/**
 * Reads an OCSP request (RFC 6960 §4.1) in strict DER; `undefined` is what has to be answered with
 * malformedRequest. A signature on the request is neither wanted nor looked at.
 */
export function parseOcspRequest(der: Uint8Array): OcspRequest | undefined {
  if (der.length > maxOcspRequestBytes) return undefined;
  try {
    const { requestList, requestExtensions } = parseDer(der, OCSPRequest).tbsRequest;
    if (requestList.length === 0 || requestList.length > maxCertIds) return undefined;
    const others = requestExtensions?.filter(({ extnID }) => extnID !== id_pkix_ocsp_nonce) ?? [];
    const perCertificate = requestList.flatMap(
      ({ singleRequestExtensions }) => singleRequestExtensions ?? [],
    );
    // What is critical and not understood may not be passed over (RFC 6960 §4.4).
    if ([...others, ...perCertificate].some(({ critical }) => critical)) return undefined;
    const certIds = requestList.map(({ reqCert }) => reqCert);
    // An extension stands there once (RFC 5280 §4.2); of two nonces nobody knows which one to echo.
    if ((requestExtensions?.length ?? 0) - others.length > 1) return undefined;
    const wrapped = extensionValue(requestExtensions, id_pkix_ocsp_nonce);
    if (wrapped === undefined) return { certIds };
    const nonce = new Uint8Array(parseDer(wrapped, OctetString).buffer);
    return nonce.length >= 1 && nonce.length <= 128 ? { certIds, nonce } : undefined;
  } catch {
    return undefined;
  }
}
