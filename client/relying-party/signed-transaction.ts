import { attributeTypes } from "../../pki/cms/attribute-types.ts";
import type { SignatureFlaw } from "../../pki/cms/checked-signature.ts";
import { type CheckedSignature, CmsInvalid, checkedSignature } from "../../pki/cms/checked-signature.ts";
import { idData } from "../../pki/cms/signed-data.ts";
import { TimeStampInvalid, verifiedTimeStamp } from "../../pki/cms/time-stamp.ts";
import { NotDer, readDer } from "../../pki/der/cursor.ts";
import { readTime } from "../../pki/der/read-time.ts";
import { readExtension } from "../../pki/x509/extension.ts";
import { run, type Verifying } from "../../pki/x509/signature.ts";
import { extendedKeyUsage, keyUsage, keyUsageBits, purposes } from "../../pki/x509/usage.ts";
import { verifySignature } from "../../pki/x509/verify-signature.ts";
import type { TransactionContent, TransactionDetail } from "../../protocol/transaction.ts";
import { PathInvalid, type ValidPath, validPath } from "./certificate-path.ts";
import { givenCertificates } from "./given.ts";
import { isAsked, readTransaction } from "./transaction-content.ts";

/** Why a signed transaction must not be acted on. */
export type TransactionFlaw =
  | SignatureFlaw
  /** It is not the requested one: another party, transaction, amount. */
  | "OTHER_CONTENT"
  | "UNTRUSTED_CERTIFICATE"
  /** Signed by another person of this CA than expected. */
  | "OTHER_SUBJECT"
  | "TIME_STAMP_INVALID"
  | "TIME_STAMP_MISSING"
  /** The certificate was revoked before the signature (only `verifyTransactionAndStatus`). */
  | "CERTIFICATE_REVOKED"
  /** The CA gave no usable status (only `verifyTransactionAndStatus`): try again. */
  | "STATUS_UNKNOWN";

/** The signature is not valid. The message quotes nothing of the signed content. */
export class SignatureInvalid extends Error {
  override name = "SignatureInvalid";
  readonly code: TransactionFlaw;

  constructor(code: TransactionFlaw, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A transaction with a valid signature. */
export interface SignedTransaction {
  content: TransactionContent;
  /** The signer's pseudonym at this party: `sub` of a login. */
  subject: string;
  /** DER. Check its status if that matters: the signature is valid whether or not it has been revoked since. */
  certificate: Uint8Array;
  /** The signing time stated by the phone. */
  signedAt: Date;
  /** The time of the authority's time-stamp; absent without one. */
  timeStampedAt?: Date;
}

/** For `subject`, if a caller does not know who signs: the result has `subject`. */
export const anySubject: unique symbol = Symbol("any subject");

/** The expected content and signer, and what is trusted. */
export interface TransactionExpectation {
  /** Roots of the CA, DER. */
  roots: readonly Uint8Array[];
  /** Certificates of the path that are not inside the signature, DER. */
  intermediates?: readonly Uint8Array[];
  /** Our own id as a party. */
  party: string;
  /** The expected signer: `sub` of the login, by which this party knows its customer. Or {@link anySubject}. */
  subject: string | typeof anySubject;
  transactionId?: string;
  /** The requested content: any difference, such as a changed amount, fails. */
  detail?: TransactionDetail;
  /** Roots of the time-stamp authority, DER; if given, a time-stamp is required, otherwise time-stamps are ignored. */
  timeStampRoots?: readonly Uint8Array[];
  /**
   * The time at which the certificate must be valid if there is no time-stamp, and for which a fetched status must be current;
   * default: now.
   */
  now?: Date;
}

/**
 * Verifies a signed transaction offline: the content, the signer, a certificate of the CA, and the time.
 * @param cms `signature` of `GET /v1/transactions/<id>`, decoded
 * @throws SignatureInvalid
 * @throws TypeError if `subject`, roots, intermediates or `now` are invalid
 */
export async function verifySignedTransaction(
  cms: Uint8Array,
  expected: TransactionExpectation,
): Promise<SignedTransaction> {
  return (await run(verifiedTransaction(cms, expected), verifySignature)).transaction;
}

/** {@link verifySignedTransaction}, with the validated path of the signer's certificate. */
export function* verifiedTransaction(
  cms: Uint8Array,
  expected: TransactionExpectation,
): Verifying<{ transaction: SignedTransaction; path: ValidPath }> {
  requireSubject(expected.subject);
  if (expected.timeStampRoots) givenCertificates("timeStampRoots", expected.timeStampRoots);
  try {
    // Copied, because the caller's memory may change during verification.
    const checked = yield* checkedSignature(new Uint8Array(cms), idData);
    const content = contentOf(checked, expected);
    const timeStampedAt = yield* timeOf(checked, expected);
    const path = yield* validPath(checked.signer, {
      roots: expected.roots,
      intermediates: expected.intermediates ?? [],
      sent: checked.certificates,
      at: timeStampedAt ?? expected.now ?? new Date(),
    });
    const transaction: SignedTransaction = {
      content,
      subject: subjectOf(checked, expected),
      certificate: new Uint8Array(checked.signer.der),
      signedAt: signingTimeOf(checked),
      ...(timeStampedAt && { timeStampedAt }),
    };
    return { transaction, path };
  } catch (cause) {
    if (cause instanceof CmsInvalid) throw new SignatureInvalid(cause.flaw, cause.message, { cause });
    if (cause instanceof TimeStampInvalid)
      throw new SignatureInvalid("TIME_STAMP_INVALID", cause.message, { cause });
    if (cause instanceof PathInvalid)
      throw untrusted(`The signer's certificate is not trusted: ${cause.message}`, { cause });
    throw cause;
  }
}

/** For callers without types: a missing value must not mean that anybody's signature is accepted. */
function requireSubject(subject: unknown): void {
  if (subject !== anySubject && (typeof subject !== "string" || subject === ""))
    throw new TypeError("subject is required: the person's sub, or anySubject.");
}

function contentOf(
  { content: bytes }: CheckedSignature,
  expected: TransactionExpectation,
): TransactionContent {
  const content = readTransaction(bytes);
  if (!content) throw new SignatureInvalid("OTHER_CONTENT", "The signed content is not a transaction.");
  const { party, transactionId, detail } = expected;
  const isOurs =
    content.party.id === party &&
    (transactionId === undefined || content.transactionId === transactionId) &&
    (detail === undefined || isAsked(detail, content));
  if (!isOurs)
    throw new SignatureInvalid("OTHER_CONTENT", "The signed content is not what this party requested.");
  return content;
}

function* timeOf(
  { signature, unsigned }: CheckedSignature,
  { timeStampRoots: roots }: TransactionExpectation,
): Verifying<Date | undefined> {
  if (!roots) return undefined;
  const [token, ...others] = unsigned(attributeTypes.timeStampToken);
  if (!token || others.length > 0)
    throw new SignatureInvalid("TIME_STAMP_MISSING", "There is not exactly one time-stamp.");
  return yield* verifiedTimeStamp(token, { data: signature, roots });
}

/** A certificate with extKeyUsage is valid for those purposes only (RFC 5280 §4.2.1.12); the CA's certificates have none. */
const forSigning: readonly string[] = [purposes.any, purposes.documentSigning];

/** The person in every profile of the CA: serialNumber is the pseudonym (EN 319 412-2 §4.2.4). */
function subjectOf({ signer }: CheckedSignature, expected: TransactionExpectation): string {
  const usage = readExtension(signer.extensions, keyUsage) ?? 0;
  const named = readExtension(signer.extensions, extendedKeyUsage);
  const [subject, ...others] = signer.subject.values("serialNumber");
  const isForSigning = named === undefined || forSigning.some((purpose) => named.includes(purpose));
  if ((usage & keyUsageBits.nonRepudiation) === 0 || !isForSigning)
    throw untrusted("The certificate is not for signing.");
  if (subject === undefined || others.length > 0)
    throw untrusted("The certificate does not identify exactly one person.");
  if (expected.subject !== anySubject && subject !== expected.subject)
    throw new SignatureInvalid("OTHER_SUBJECT", "The signer is not the expected person.");
  return subject;
}

function signingTimeOf({ signed }: CheckedSignature): Date {
  const [value, ...others] = signed(attributeTypes.signingTime);
  if (!value || others.length > 0)
    throw new SignatureInvalid("ATTRIBUTES_WRONG", "The signature has no signing time.");
  try {
    return readDer(value, "signing-time", readTime);
  } catch (cause) {
    if (!(cause instanceof NotDer)) throw cause;
    throw new SignatureInvalid("ATTRIBUTES_WRONG", cause.message, { cause });
  }
}

const untrusted = (message: string, options?: ErrorOptions): SignatureInvalid =>
  new SignatureInvalid("UNTRUSTED_CERTIFICATE", message, options);
