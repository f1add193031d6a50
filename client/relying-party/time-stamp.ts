import { type TimeStampExpectation, verifiedTimeStamp } from "../../pki/cms/time-stamp.ts";
import { run } from "../../pki/x509/signature.ts";
import { verifySignature } from "../../pki/x509/verify-signature.ts";

export { type TimeStampExpectation, TimeStampInvalid } from "../../pki/cms/time-stamp.ts";

/**
 * Verifies a time-stamp token (RFC 3161 §2.4.2) over `data`: its signature, the imprint, the nonce if one was sent, and that
 * its signer's certificate is only for time-stamping and has a path to one of the roots at the stated time.
 * @returns the stated time
 * @throws TimeStampInvalid
 */
export const verifyTimeStamp = (token: Uint8Array, expected: TimeStampExpectation): Promise<Date> =>
  run(verifiedTimeStamp(token, expected), verifySignature);
