import { id_data, SigningTime } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, id_ce_keyUsage, KeyUsage, KeyUsageFlags } from "@peculiar/asn1-x509";
import { id_aa_timeStampToken, id_signingTime } from "../../protocol/signing-certificate.ts";
import {
  longestTransaction,
  type TransactionContent,
  type TransactionDetail,
  transactionContent,
} from "../../protocol/transaction.ts";
import { PathInvalid, validatePath } from "./certificate-path.ts";
import { type CheckedSignature, CmsInvalid, checkSignature, type SignatureFlaw } from "./cms-signature.ts";
import { TimeStampInvalid, verifyTimeStamp } from "./time-stamp.ts";

/** Why a signed transaction is not to be acted on. */
export type TransactionFlaw =
  | SignatureFlaw
  /** It is not about what was asked: another party, transaction, amount. */
  | "OTHER_CONTENT"
  | "UNTRUSTED_CERTIFICATE"
  | "TIME_STAMP_INVALID"
  | "TIME_STAMP_MISSING";

/** The signature does not prove what it should. Nothing of what was signed is in the message. */
export class SignatureInvalid extends Error {
  override name = "SignatureInvalid";
  readonly code: TransactionFlaw;

  constructor(code: TransactionFlaw, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface SignedTransaction {
  content: TransactionContent;
  /** DER. Ask for its status where that matters: the signature holds whether it is revoked since or not. */
  certificate: Uint8Array;
  /** When the phone says it signed. */
  signedAt: Date;
  /** When the time-stamp authority saw the signature; absent without one. */
  timeStampedAt?: Date;
}

export interface TransactionExpectation {
  /** Roots of the CA, DER. */
  roots: readonly Uint8Array[];
  /** Certificates on the way that are not inside the signature, DER. */
  intermediates?: readonly Uint8Array[];
  /** Our own id as a party. */
  party: string;
  transactionId?: string;
  /** What we asked to have shown: any difference, a changed amount, fails. */
  detail?: TransactionDetail;
  /** Roots of the time-stamp authority, DER; with them a time-stamp is required. */
  timeStampRoots?: readonly Uint8Array[];
  /** The moment for which the certificate must be valid where there is no time-stamp; now by default. */
  now?: Date;
}

/**
 * Verifies a signed transaction without asking anybody: what was signed, by a certificate of the CA, at a time.
 * @param cms `signature` of `GET /v1/transactions/<id>`, decoded
 * @throws SignatureInvalid
 */
export async function verifySignedTransaction(
  cms: Uint8Array,
  expected: TransactionExpectation,
): Promise<SignedTransaction> {
  const checked = check(cms);
  const content = readContent(checked.content, expected);
  const timeStampedAt = await timeOf(checked, expected);
  const at = timeStampedAt ?? expected.now ?? new Date();
  const { raw } = checked.signer;
  const intermediates = [...checked.certificates, ...(expected.intermediates ?? [])];
  await validatePath(raw, { roots: expected.roots, intermediates, at }).catch((cause: unknown) => {
    if (!(cause instanceof PathInvalid)) throw cause;
    throw new SignatureInvalid("UNTRUSTED_CERTIFICATE", "The signer's certificate is none of the CA's.", {
      cause,
    });
  });
  requireSigningKey(raw);
  return {
    content,
    certificate: new Uint8Array(raw),
    signedAt: signingTimeOf(checked),
    ...(timeStampedAt ? { timeStampedAt } : {}),
  };
}

function check(cms: Uint8Array): CheckedSignature {
  try {
    return checkSignature(cms, id_data);
  } catch (cause) {
    if (cause instanceof CmsInvalid) throw new SignatureInvalid(cause.flaw, cause.message, { cause });
    throw cause;
  }
}

function readContent(bytes: Uint8Array, expected: TransactionExpectation): TransactionContent {
  const read =
    bytes.length <= 4 * longestTransaction ? transactionContent.safeParse(parseJson(bytes)) : undefined;
  if (!read?.success) throw new SignatureInvalid("OTHER_CONTENT", "What was signed is no transaction.");
  const { party, transactionId, shown, document } = read.data;
  const isOurs =
    party.id === expected.party &&
    (expected.transactionId === undefined || transactionId === expected.transactionId) &&
    (expected.detail === undefined || sameAsked(expected.detail, { shown, document }));
  if (!isOurs)
    throw new SignatureInvalid("OTHER_CONTENT", "Something else was signed than what this party asked for.");
  return read.data;
}

/** Texts are compared as they are: the shapes have no members in any other order. */
function sameAsked(
  detail: TransactionDetail,
  { shown, document }: Pick<TransactionContent, "shown" | "document">,
): boolean {
  const { lines, title } = detail.shown;
  return (
    title === shown.title &&
    lines.length === shown.lines.length &&
    lines.every(({ label, value }, index) => {
      const line = shown.lines[index];
      return line?.label === label && line.value === value;
    }) &&
    detail.document?.name === document?.name &&
    detail.document?.sha256 === document?.sha256
  );
}

async function timeOf(
  { signature, unsigned }: CheckedSignature,
  { timeStampRoots }: TransactionExpectation,
): Promise<Date | undefined> {
  if (!timeStampRoots) return undefined;
  const [token, ...others] = unsigned(id_aa_timeStampToken);
  if (!token || others.length > 0)
    throw new SignatureInvalid("TIME_STAMP_MISSING", "There is not exactly one time-stamp.");
  try {
    return await verifyTimeStamp(token, { data: signature, roots: timeStampRoots });
  } catch (cause) {
    if (!(cause instanceof TimeStampInvalid)) throw cause;
    throw new SignatureInvalid("TIME_STAMP_INVALID", cause.message, { cause });
  }
}

/** The profile's key usage: a key that signs for its person, and nothing that certifies. */
function requireSigningKey(der: Uint8Array): void {
  const { extensions = [] } = AsnConvert.parse(der, Certificate).tbsCertificate;
  const found = extensions.find(({ extnID }) => extnID === id_ce_keyUsage);
  const usage = found ? AsnConvert.parse(found.extnValue, KeyUsage).toNumber() : 0;
  if ((usage & KeyUsageFlags.nonRepudiation) === 0)
    throw new SignatureInvalid("UNTRUSTED_CERTIFICATE", "The certificate is not for signing.");
}

function signingTimeOf({ signed }: CheckedSignature): Date {
  const [value, ...others] = signed(id_signingTime);
  if (!value || others.length > 0)
    throw new SignatureInvalid("ATTRIBUTES_WRONG", "The signature does not say when it was made.");
  return readTime(value);
}

function readTime(value: Uint8Array): Date {
  try {
    const { utcTime, generalTime } = AsnConvert.parse(value, SigningTime);
    const time = utcTime ?? generalTime;
    if (time) return time;
  } catch {
    // said below
  }
  throw new SignatureInvalid("ATTRIBUTES_WRONG", "The time of signing cannot be read.");
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
