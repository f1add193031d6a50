import { sha1 } from "@noble/hashes/legacy.js";
import { sameBytes } from "../der/bytes.ts";
import { type Cursor, NotDer, readDer, tags } from "../der/cursor.ts";
import { digestHash, type Hash, readAlgorithm } from "../x509/algorithm.ts";
import type { Certificate } from "../x509/certificate.ts";
import { digestOf } from "../x509/digest.ts";
import { attributeTypes } from "./attribute-types.ts";
import type { CmsSignature } from "./signature.ts";
import { CmsUnreadable } from "./unreadable.ts";

/**
 * Requires that the signed attributes identify the signer's certificate by digest (ESS: RFC 5035 §3), so that it cannot be
 * replaced by another certificate of the same key.
 * @param allowSha1 accepts signing-certificate (RFC 2634 §5.4), which uses SHA-1: time-stamp authorities still write it
 * @throws CmsUnreadable
 */
export function requireNamedSigner(
  { signed, signer }: Pick<CmsSignature, "signed" | "signer">,
  { allowSha1 }: { allowSha1: boolean },
): void {
  const v2 = signed(attributeTypes.signingCertificateV2);
  const v1 = allowSha1 ? signed(attributeTypes.signingCertificate) : [];
  if (v1.length + v2.length === 0) throw wrong("The signature does not identify its signer's certificate.");
  if (v1.length > 1 || v2.length > 1) throw wrong("The signature identifies its signer's certificate twice.");
  for (const value of v2) requireSame(value, signer, readCertIdV2);
  for (const value of v1) requireSame(value, signer, (id) => ({ hash: "sha1", digest: id.octetString() }));
}

interface NamedDigest {
  hash: Hash | "sha1";
  digest: Uint8Array;
}

function requireSame(value: Uint8Array, { der }: Certificate, read: (id: Cursor) => NamedDigest): void {
  const { hash, digest } = firstCertificate(value, read);
  if (!sameBytes(hash === "sha1" ? sha1(der) : digestOf(hash, der), digest))
    throw wrong("The signature identifies another certificate than its signer's.");
}

/** SigningCertificate and SigningCertificateV2: the first certificate is the signer's (RFC 5035 §3). */
function firstCertificate(value: Uint8Array, read: (id: Cursor) => NamedDigest): NamedDigest {
  try {
    return readDer(value, "signing-certificate attribute", (cursor) => {
      const attribute = cursor.enter();
      const ids = attribute.enter();
      const first = ids.enter();
      const named = read(first);
      if (!first.ended) first.any();
      first.finish();
      while (!ids.ended) ids.any();
      if (!attribute.ended) attribute.any();
      attribute.finish();
      return named;
    });
  } catch (error) {
    if (error instanceof NotDer) throw new CmsUnreadable("MALFORMED", error.message, { cause: error });
    throw error;
  }
}

/** ESSCertIDv2: the default hash algorithm is SHA-256. */
function readCertIdV2(id: Cursor): NamedDigest {
  const hash = id.tag === tags.sequence ? digestHash(readAlgorithm(id)) : "sha256";
  if (!hash) throw wrong("The signature identifies its signer's certificate by an unknown digest.");
  return { hash, digest: id.octetString() };
}

const wrong = (message: string): CmsUnreadable => new CmsUnreadable("ATTRIBUTES_WRONG", message);
