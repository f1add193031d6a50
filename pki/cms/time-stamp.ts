import { sameBytes } from "../der/bytes.ts";
import { NotDer } from "../der/cursor.ts";
import { digestHash } from "../x509/algorithm.ts";
import { type Certificate, readCertificate } from "../x509/certificate.ts";
import { digestOf } from "../x509/digest.ts";
import { BadCertificate, readExtension } from "../x509/extension.ts";
import { findPath } from "../x509/path/find.ts";
import type { Verifying } from "../x509/signature.ts";
import { extendedKeyUsage, keyUsage, keyUsageBits, purposes } from "../x509/usage.ts";
import { type CheckedSignature, CmsInvalid, checkedSignature } from "./checked-signature.ts";
import { idTstInfo, readTimeStampResponse, readTstInfo, type TstInfo } from "./tst-info.ts";

/** The time-stamp is invalid. */
export class TimeStampInvalid extends Error {
  override name = "TimeStampInvalid";
}

export interface TimeStampExpectation {
  /** The time-stamped data. */
  data: Uint8Array;
  /** The nonce of the request, if one was sent. */
  nonce?: Uint8Array;
  /** Roots of the time-stamp authority, DER. */
  roots: readonly Uint8Array[];
}

/**
 * Verifies a time-stamp token (RFC 3161 §2.4.2) over `data`: its signature, the imprint, the nonce if one was sent, and that
 * its signer's certificate is only for time-stamping (§2.3) and has a path to one of the roots at the stated time.
 * @returns the stated time
 * @throws TimeStampInvalid
 */
export function* verifiedTimeStamp(token: Uint8Array, expected: TimeStampExpectation): Verifying<Date> {
  try {
    const checked = yield* checkedSignature(token, idTstInfo, { allowSha1: true });
    const info = readTstInfo(checked.content);
    requireAnswer(info, expected);
    requireTimeStamping(checked.signer);
    yield* requireTrusted(checked, expected.roots, info.genTime);
    return info.genTime;
  } catch (cause) {
    if (cause instanceof CmsInvalid || cause instanceof NotDer || cause instanceof BadCertificate)
      throw new TimeStampInvalid(`The time-stamp: ${cause.message}`, { cause });
    throw cause;
  }
}

function requireAnswer({ imprint, nonce, extensions }: TstInfo, expected: TimeStampExpectation): void {
  const hash = digestHash(imprint.algorithm);
  if (!hash || !sameBytes(digestOf(hash, expected.data), imprint.digest))
    throw new TimeStampInvalid("The time-stamp is over other data.");
  if (expected.nonce && !(nonce && sameBytes(positive(expected.nonce), nonce)))
    throw new TimeStampInvalid("The time-stamp does not answer the request.");
  for (const [oid, { critical }] of extensions)
    if (critical) throw new TimeStampInvalid(`The time-stamp has the unknown critical extension ${oid}.`);
}

/** RFC 3161 §2.3: extKeyUsage is critical and has only time-stamping. */
function requireTimeStamping({ extensions }: Certificate): void {
  const named = readExtension(extensions, extendedKeyUsage);
  const usage = readExtension(extensions, keyUsage);
  const isCritical = extensions.get(extendedKeyUsage.oid)?.critical;
  const isAlone = named?.length === 1 && named[0] === purposes.timeStamping;
  const signs = keyUsageBits.digitalSignature | keyUsageBits.nonRepudiation;
  if (!isCritical || !isAlone || (usage !== undefined && (usage & signs) === 0))
    throw new TimeStampInvalid("The certificate is not exclusively for time-stamping.");
}

function* requireTrusted(
  { signer, certificates: intermediates }: CheckedSignature,
  roots: readonly Uint8Array[],
  at: Date,
): Verifying<void> {
  const anchors = roots.map(readCertificate);
  const purpose = purposes.timeStamping;
  const found = yield* findPath(signer, { anchors, intermediates, at, purpose });
  if (!found.ok) throw new TimeStampInvalid(`The time-stamp's authority is not trusted: ${found.detail}`);
}

/** The token, DER, of a TimeStampResp (RFC 3161 §2.4.2). @throws TimeStampInvalid if none was granted */
export function timeStampTokenOf(response: Uint8Array): Uint8Array {
  let token: Uint8Array | undefined;
  try {
    token = readTimeStampResponse(response);
  } catch (cause) {
    throw new TimeStampInvalid("The answer is not a TimeStampResp.", { cause });
  }
  if (!token) throw new TimeStampInvalid("The authority did not grant a time-stamp.");
  return token;
}

/** Content of a non-negative INTEGER with the value of these bytes (X.690 §8.3). */
export function positive(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = bytes.findIndex((byte) => byte !== 0);
  const minimal = bytes.subarray(start === -1 ? bytes.length - 1 : start);
  return Uint8Array.from((minimal[0] ?? 0) & 0x80 ? [0, ...minimal] : minimal);
}
