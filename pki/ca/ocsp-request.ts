import { type Cursor, constructedTag, NotDer, readDer } from "../der/cursor.ts";
import { type CertId, readCertId } from "../ocsp/response.ts";
import { BadCertificate, type Extension, readExtension, readExtensions } from "../x509/extension.ts";
import { readGeneralName } from "../x509/general-name.ts";

const idNonce = "1.3.6.1.5.5.7.48.1.2";

/** The most bytes of a request: enough for one packet or URL. */
export const maxOcspRequestBytes = 4_096;
/** The most certificates in a request; each costs a look-up. RFC 9919 clients ask for one (§3.1.1). */
const maxCertIds = 8;

export interface OcspRequest {
  certIds: CertId[];
  /** 1 to 128 bytes (RFC 9654 §2.1). */
  nonce?: Uint8Array;
}

/**
 * Parses an OCSP request (RFC 6960 §4.1) in strict DER; `undefined` requires the answer malformedRequest. A signature on the
 * request is optional and ignored.
 */
export function parseOcspRequest(der: Uint8Array): OcspRequest | undefined {
  if (der.length > maxOcspRequestBytes) return undefined;
  try {
    return readDer(der, "OCSP request", readRequest);
  } catch (error) {
    if (error instanceof NotDer || error instanceof BadCertificate) return undefined;
    throw error;
  }
}

function readRequest(cursor: Cursor): OcspRequest {
  const request = cursor.enter();
  const tbs = request.enter();
  if (request.tag === constructedTag(0)) request.any();
  request.finish();
  const requestor = tbs.enterIf(constructedTag(1));
  if (requestor) {
    readGeneralName(requestor);
    requestor.finish();
  }
  const list = tbs.enter();
  const certIds: CertId[] = [];
  while (!list.ended) {
    if (certIds.length === maxCertIds) throw new NotDer(`more than ${maxCertIds} certificates`);
    const single = list.enter();
    certIds.push(readCertId(single.enter()));
    understandAll(readTagged(single, 0));
    single.finish();
  }
  if (certIds.length === 0) throw new NotDer("a request for nothing");
  const extensions = readTagged(tbs, 2);
  tbs.finish();
  understandAll(extensions);
  const nonce = readExtension(extensions, { oid: idNonce, read: (value) => value.octetString() });
  if (nonce && (nonce.length < 1 || nonce.length > 128)) throw new NotDer("a nonce of another length");
  return { certIds, ...(nonce && { nonce }) };
}

function readTagged(cursor: Cursor, n: number): ReadonlyMap<string, Extension> {
  const explicit = cursor.enterIf(constructedTag(n));
  if (!explicit) return new Map();
  const extensions = readExtensions(explicit);
  explicit.finish();
  return extensions;
}

/** An unknown critical extension must not be ignored (RFC 6960 §4.4). */
function understandAll(extensions: ReadonlyMap<string, Extension>): void {
  for (const [oid, { critical }] of extensions)
    if (critical && oid !== idNonce) throw new NotDer("an unknown critical extension");
}
