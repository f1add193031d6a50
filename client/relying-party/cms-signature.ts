import { type CheckedSignature, checkedSignature } from "../../pki/cms/checked-signature.ts";
import { run } from "../../pki/x509/signature.ts";
import { verifySignature } from "../../pki/x509/verify-signature.ts";

export { type CheckedSignature, CmsInvalid, type SignatureFlaw } from "../../pki/cms/checked-signature.ts";

/**
 * Checks a CMS signature with its content inside (RFC 5652 §5.4, §5.6): one signer, whose certificate is inside and is
 * the one that signing-certificate-v2 names (RFC 5035); content-type and message-digest as they must be; SHA-256 or
 * stronger. Whether the certificate is trusted is another question.
 * @param contentType what must have been signed
 * @throws CmsInvalid
 */
export const checkSignature = (cms: Uint8Array, contentType: string): Promise<CheckedSignature> =>
  run(checkedSignature(cms, contentType), verifySignature);
