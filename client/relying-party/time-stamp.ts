import { createHash, timingSafeEqual } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  id_ct_tstInfo,
  MessageImprint,
  PKIStatus,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
} from "@peculiar/asn1-tsp";
import {
  AlgorithmIdentifier,
  Certificate,
  ExtendedKeyUsage,
  id_ce_extKeyUsage,
  id_kp_timeStamping,
} from "@peculiar/asn1-x509";
import { PathInvalid, validatePath } from "./certificate-path.ts";
import { CmsInvalid, checkSignature } from "./cms-signature.ts";

const sha256 = "2.16.840.1.101.3.4.2.1";

/** A time-stamp that is not to be relied on. */
export class TimeStampInvalid extends Error {
  override name = "TimeStampInvalid";
}

/** A TimeStampReq (RFC 3161 §2.4.1), DER: over SHA-256 of `data`, with this nonce, asking for the authority's certificate. */
export function timeStampRequest(data: Uint8Array, nonce: Uint8Array): Uint8Array<ArrayBuffer> {
  const request = new TimeStampReq({
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithm: sha256 }),
      hashedMessage: new OctetString(createHash("sha256").update(data).digest()),
    }),
    nonce: positive(nonce),
    certReq: true,
  });
  return new Uint8Array(AsnConvert.serialize(request));
}

/** The token of a TimeStampResp (RFC 3161 §2.4.2), DER. @throws TimeStampInvalid where none was granted */
export function tokenOf(response: Uint8Array): Uint8Array<ArrayBuffer> {
  let read: TimeStampResp;
  try {
    read = AsnConvert.parse(response, TimeStampResp);
  } catch (cause) {
    throw new TimeStampInvalid("The answer is no TimeStampResp.", { cause });
  }
  const isGranted = [PKIStatus.granted, PKIStatus.grantedWithMods].includes(read.status.status);
  if (!isGranted || !read.timeStampToken) throw new TimeStampInvalid("The authority granted no time-stamp.");
  return new Uint8Array(AsnConvert.serialize(read.timeStampToken));
}

/**
 * Verifies a time-stamp token (RFC 3161 §2.4.2) over `data`: its signature, the imprint, the nonce where one was sent,
 * a certificate for time-stamping alone (§2.3, critical) that leads to one of the roots at the time it states.
 * @returns the time it states
 * @throws TimeStampInvalid
 */
export async function verifyTimeStamp(
  token: Uint8Array,
  expected: { data: Uint8Array; nonce?: Uint8Array; roots: readonly Uint8Array[] },
): Promise<Date> {
  const { info, signer, certificates } = read(token);
  const { messageImprint: imprint, genTime, nonce } = info;
  const hash = createHash("sha256").update(expected.data).digest();
  if (imprint.hashAlgorithm.algorithm !== sha256 || !same(hash, imprint.hashedMessage.buffer))
    throw new TimeStampInvalid("The time-stamp is over something else.");
  if (expected.nonce && !same(Buffer.from(positive(expected.nonce)), nonce ?? new ArrayBuffer(0)))
    throw new TimeStampInvalid("The time-stamp is not the one that was asked for.");
  requireTimeStamping(signer);
  await validatePath(signer, { roots: expected.roots, intermediates: certificates, at: genTime }).catch(
    (cause: unknown) => {
      if (cause instanceof PathInvalid)
        throw new TimeStampInvalid("The time-stamp's authority is not trusted.", { cause });
      throw cause;
    },
  );
  return genTime;
}

function read(token: Uint8Array): { info: TSTInfo; signer: Uint8Array; certificates: Uint8Array[] } {
  try {
    const { content, signer, certificates } = checkSignature(token, id_ct_tstInfo);
    return { info: AsnConvert.parse(content, TSTInfo), signer: signer.raw, certificates };
  } catch (cause) {
    if (cause instanceof CmsInvalid)
      throw new TimeStampInvalid(`The time-stamp: ${cause.message}`, { cause });
    throw new TimeStampInvalid("The time-stamp says nothing that can be read.", { cause });
  }
}

function requireTimeStamping(der: Uint8Array): void {
  const { extensions = [] } = AsnConvert.parse(der, Certificate).tbsCertificate;
  const usage = extensions.find(({ extnID }) => extnID === id_ce_extKeyUsage);
  const purposes = usage && AsnConvert.parse(usage.extnValue, ExtendedKeyUsage);
  if (!usage?.critical || purposes?.length !== 1 || purposes[0] !== id_kp_timeStamping)
    throw new TimeStampInvalid("The certificate is not one for time-stamping alone.");
}

/** An INTEGER of these bytes that is not negative (X.690 §8.3). */
function positive(bytes: Uint8Array): ArrayBuffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const minimal = bytes.slice(start === -1 ? bytes.length - 1 : start);
  return Uint8Array.from((minimal[0] ?? 0) & 0x80 ? [0, ...minimal] : minimal).buffer;
}

const same = (a: Uint8Array, b: ArrayBuffer): boolean =>
  a.length === b.byteLength && timingSafeEqual(a, new Uint8Array(b));
