import { run } from "../../pki/x509/signature.ts";
import { verifySignature } from "../../pki/x509/verify-signature.ts";
import type { StatusOptions } from "./certificate.ts";
import { askPathStatus, type KnownStatus } from "./certificate-status.ts";
import {
  SignatureInvalid,
  type SignedTransaction,
  type TransactionExpectation,
  verifiedTransaction,
} from "./signed-transaction.ts";
import { NoStatus } from "./status-request.ts";

/**
 * `verifySignedTransaction`, and also checks the status of the certificate and of the CAs above it: a signature before the
 * revocation took effect is accepted, a later one refused. The time of the signature is that of its time-stamp; a signature
 * without one could have been made at any time, so any revocation refuses it.
 *
 * A revocation that took effect before the signature may be published after it: if that matters, use `ocsp`, or check again
 * with the next CRL.
 * @param cms `signature` of `GET /v1/transactions/<id>`, decoded
 * @throws SignatureInvalid, also with `CERTIFICATE_REVOKED` and `STATUS_UNKNOWN`; TypeError if `subject` is missing
 */
export async function verifyTransactionAndStatus(
  cms: Uint8Array,
  expected: TransactionExpectation & StatusOptions,
): Promise<SignedTransaction> {
  const { transaction, path } = await run(verifiedTransaction(cms, expected), verifySignature);
  const { status: method = "crl", fetch, now: at = new Date() } = expected;
  const found = await askPathStatus(path, { method, at, fetch }).catch((cause: unknown) => {
    if (!(cause instanceof NoStatus)) throw cause;
    throw new SignatureInvalid("STATUS_UNKNOWN", `The certificate's status is unknown: ${cause.message}`, {
      cause,
    });
  });
  requireInForce(found, transaction);
  return transaction;
}

function requireInForce(found: KnownStatus, { timeStampedAt }: SignedTransaction): void {
  if (found.status === "good" || (timeStampedAt && timeStampedAt < found.since)) return;
  const since = found.since.toISOString();
  throw new SignatureInvalid("CERTIFICATE_REVOKED", `The certificate is revoked as of ${since}.`);
}
