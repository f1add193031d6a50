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
 * Whether the signature names its signer's certificate by digest among what is signed (ESS: RFC 5035 §3), so that no
 * other certificate of the same key can be put in its place.
 * @param allowSha1 takes signing-certificate (RFC 2634 §5.4), which has SHA-1: time-stamp authorities still write it
 * @throws CmsUnreadable
 */
export function requireNamedSigner(
  { signed, signer }: Pick<CmsSignature, "signed" | "signer">,
  { allowSha1 }: { allowSha1: boolean },
): void {
  const v2 = signed(attributeTypes.signingCertificateV2);
  const v1 = allowSha1 ? signed(attributeTypes.signingCertificate) : [];
  if (v1.length + v2.length === 0) throw wrong("The signature does not name its signer's certificate.");
  if (v1.length > 1 || v2.length > 1) throw wrong("The signature names its signer's certificate twice.");
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
    throw wrong("The signature names another certificate than its signer's.");
}

/** SigningCertificate and SigningCertificateV2: the first certificate named is the signer's (RFC 5035 §3). */
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

/** ESSCertIDv2: a hash algorithm that is left out is SHA-256. */
function readCertIdV2(id: Cursor): NamedDigest {
  const hash = id.tag === tags.sequence ? digestHash(readAlgorithm(id)) : "sha256";
  if (!hash) throw wrong("The signature names its signer's certificate by an unknown digest.");
  return { hash, digest: id.octetString() };
}

const wrong = (message: string): CmsUnreadable => new CmsUnreadable("ATTRIBUTES_WRONG", message);
