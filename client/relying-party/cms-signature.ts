import { type CheckedSignature, checkedSignature } from "../../pki/cms/checked-signature.ts";
import { run } from "../../pki/x509/signature.ts";
import { verifySignature } from "../../pki/x509/verify-signature.ts";

export { type CheckedSignature, CmsInvalid, type SignatureFlaw } from "../../pki/cms/checked-signature.ts";

/**
 * Verifies a CMS signature with attached content (RFC 5652 §5.4, §5.6): one signer, whose certificate is inside and is
 * identified by signing-certificate-v2 (RFC 5035); valid content-type and message-digest; SHA-256 or stronger. Trust in the
 * certificate is a separate check.
 * @param contentType the required content type
 * @throws CmsInvalid
 */
export const checkSignature = (cms: Uint8Array, contentType: string): Promise<CheckedSignature> =>
  run(checkedSignature(cms, contentType), verifySignature);
