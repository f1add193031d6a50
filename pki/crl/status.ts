import type { Certificate } from "../x509/certificate.ts";
import { sameName } from "../x509/name.ts";
import type { VerifySignature, VerifySignatureSync } from "../x509/signature.ts";
import { type Crl, type CrlReading, readCrl, readCrlSync } from "./read.ts";
import { type CrlReason, crlReasonName } from "./reasons.ts";
import { scopeOf } from "./scope.ts";
import { SerialLookup } from "./serial-lookup.ts";
import { collectedFor } from "./signed-input.ts";
import { UnusableCrl, unusable } from "./unusable-crl.ts";

/** The status of one certificate on a CRL. An unusable list gives no status, never "good". */
export type CrlStatus =
  | { status: "good"; thisUpdate: Date; nextUpdate: Date }
  | {
      status: "revoked";
      /** revocationDate. */
      since: Date;
      /** `certificateHold` is reversible. */
      reason: CrlReason;
      thisUpdate: Date;
      nextUpdate: Date;
    }
  | {
      status: "unusable";
      /** In English, without personal data or serial numbers. */
      why: string;
    };

export interface CrlQuestion {
  certificate: Certificate;
  /** The CA that issued the certificate and must have signed the list; its own path is a separate check. */
  issuer: Certificate;
  /** The time of the check. */
  at: Date;
  /** The largest accepted list; 64 MiB by default. */
  maxBytes?: number;
}

const defaultMaxBytes = 64 * 1_024 ** 2;

/**
 * Looks up a certificate in a CRL (RFC 5280 §6.3.3): of the certificate's issuer, for its distribution points, valid at the
 * time. See `readCrl` for the requirements on the list.
 * @throws errors of the transfer
 */
export async function crlStatus(
  crl: AsyncIterable<Uint8Array> | Uint8Array,
  question: CrlQuestion,
  verify: VerifySignature,
): Promise<CrlStatus> {
  const lookup = new SerialLookup(question.certificate.serial);
  try {
    const signedInput = collectedFor<boolean | Promise<boolean>>(verify);
    return statusOf(await readCrl(crl, { ...rulesOf(question), entries: lookup, signedInput }), lookup);
  } catch (error) {
    return whyNot(error);
  }
}

/** {@link crlStatus} for a list in memory, with synchronous verification. */
export function crlStatusSync(
  crl: Uint8Array,
  question: CrlQuestion,
  verify: VerifySignatureSync,
): CrlStatus {
  const lookup = new SerialLookup(question.certificate.serial);
  try {
    const signedInput = collectedFor<boolean>(verify);
    return statusOf(readCrlSync(crl, { ...rulesOf(question), entries: lookup, signedInput }), lookup);
  } catch (error) {
    return whyNot(error);
  }
}

function rulesOf({
  certificate,
  issuer,
  at,
  maxBytes = defaultMaxBytes,
}: CrlQuestion): Omit<CrlReading<boolean>, "entries" | "signedInput"> {
  if (!sameName(certificate.issuer, issuer.subject))
    throw new UnusableCrl("The certificate was not issued by the given CA.");
  return { issuer, at, maxBytes, scope: scopeOf(certificate) };
}

function statusOf({ thisUpdate, nextUpdate }: Crl, { found }: SerialLookup): CrlStatus {
  if (!found) return { status: "good", thisUpdate, nextUpdate };
  return {
    status: "revoked",
    since: found.since,
    reason: crlReasonName(found.reason),
    thisUpdate,
    nextUpdate,
  };
}

function whyNot(error: unknown): CrlStatus {
  const reason = unusable(error);
  if (!(reason instanceof UnusableCrl)) throw reason;
  return { status: "unusable", why: reason.message };
}
