import { sameBytes } from "../der/bytes.ts";
import { NotDer } from "../der/cursor.ts";
import { digestOf } from "../x509/digest.ts";
import { BadCertificate } from "../x509/extension.ts";
import type { Verifying } from "../x509/signature.ts";
import { type CmsSignature, readCmsSignature } from "./signature.ts";
import type { SignedDataLimits } from "./signed-data.ts";
import { requireNamedSigner } from "./signing-certificate.ts";
import { type CmsFlaw, CmsUnreadable } from "./unreadable.ts";

/** Why a signature is invalid. */
export type SignatureFlaw = CmsFlaw | "DIGEST_WRONG" | "SIGNATURE_WRONG";

/** The signature is invalid. The message quotes nothing of the signed content. */
export class CmsInvalid extends Error {
  override name = "CmsInvalid";
  readonly flaw: SignatureFlaw;

  constructor(flaw: SignatureFlaw, message: string, options?: ErrorOptions) {
    super(message, options);
    this.flaw = flaw;
  }
}

/** A signature that verifies under its signer's certificate; the trust in that certificate is a separate check. */
export interface CheckedSignature
  extends Pick<CmsSignature, "signer" | "certificates" | "signed" | "unsigned" | "hasUnsigned"> {
  content: Uint8Array;
  /** The signature value, over which a time-stamp is made. */
  signature: Uint8Array;
}

const limits: SignedDataLimits = { octets: 98_304, certificates: 8, attributes: 16 };

/**
 * Verifies a CMS signature with attached content (RFC 5652 §5.4, §5.6): the requirements of `readCmsSignature`, the digest of
 * the content, the signature, and that the signed attributes identify the signer's certificate.
 * @param contentType the required content type
 * @throws CmsInvalid
 */
export function* checkedSignature(
  cms: Uint8Array,
  contentType: string,
  { allowSha1 = false }: { allowSha1?: boolean } = {},
): Verifying<CheckedSignature> {
  const signature = orInvalid(() => readCmsSignature(cms, contentType, limits));
  const { attached: content, hash, messageDigest, signer, check } = signature;
  if (!content) throw new CmsInvalid("MALFORMED", "The content is not inside the CMS.");
  if (!sameBytes(digestOf(hash, content), messageDigest))
    throw new CmsInvalid("DIGEST_WRONG", "The content differs from what was signed.");
  orInvalid(() => requireNamedSigner(signature, { allowSha1 }));
  if (!(yield check))
    throw new CmsInvalid("SIGNATURE_WRONG", "The signature was not made by the signer's key.");
  const { certificates, signed, unsigned, hasUnsigned } = signature;
  return { content, signer, certificates, signature: check.signature, signed, unsigned, hasUnsigned };
}

function orInvalid<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof CmsUnreadable) throw new CmsInvalid(cause.flaw, cause.message, { cause });
    if (cause instanceof BadCertificate || cause instanceof NotDer)
      throw new CmsInvalid("MALFORMED", `A certificate inside the CMS: ${cause.message}`, { cause });
    throw cause;
  }
}
