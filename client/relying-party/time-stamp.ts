import { type TimeStampExpectation, verifiedTimeStamp } from "../../pki/cms/time-stamp.ts";
import { run } from "../../pki/x509/signature.ts";
import { verifySignature } from "../../pki/x509/verify-signature.ts";

export { type TimeStampExpectation, TimeStampInvalid } from "../../pki/cms/time-stamp.ts";

/**
 * Verifies a time-stamp token (RFC 3161 §2.4.2) over `data`: its signature, the imprint, the nonce where one was sent,
 * and that the certificate of its signer is for time-stamping alone and leads to one of the roots at the time stated.
 * @returns the time stated
 * @throws TimeStampInvalid
 */
export const verifyTimeStamp = (token: Uint8Array, expected: TimeStampExpectation): Promise<Date> =>
  run(verifiedTimeStamp(token, expected), verifySignature);
