import { AsnConvert, AsnSerializer, OctetString } from "@peculiar/asn1-schema";
import {
  DistributionPointName,
  Extension,
  GeneralName,
  IssuingDistributionPoint,
  id_ce_issuingDistributionPoint,
  Time,
  Version,
} from "@peculiar/asn1-x509";
import * as asn1js from "asn1js";
import type { Authority } from "./authority.ts";
import { bufferOf, sequenceOf } from "./der.ts";
import { authorityKeyIdentifier, crlNumber, reasonCode } from "./extension.ts";
import { type CaRevocationReason, caRevocationReasons, type Revocation } from "./revocation.ts";
import { integerOfSerial } from "./serial.ts";
import { algorithmIdentifier, signObject } from "./signed-object.ts";
import { clockSkewMs, latest, requireTimes, wholeSeconds } from "./time.ts";

/** X.509 (2019) §9.5.2.8, required by EN 319 411-2 on a CRL that keeps expired certificates. */
const id_ce_expiredCertsOnCRL = "2.5.29.60";

/** The CRL's signer: an authority for its issuing CA, or a root at its ceremony with its own name and key. */
export type CrlIssuer = Pick<Authority, "keyStore" | "issuer" | "issuingKeyId">;

/** An entry; a root lists CAs. */
export interface CrlEntry extends Omit<Revocation, "reason"> {
  reason: CaRevocationReason;
}

/** Entries in chunks, so that a million of them are never in memory as objects. */
export type RevocationChunks = Iterable<readonly CrlEntry[]> | AsyncIterable<readonly CrlEntry[]>;

export interface CrlInput {
  /** cRLNumber: higher than that of every earlier CRL of the scope, at most 20 octets (RFC 5280 §5.2.3). */
  number: bigint;
  thisUpdate: Date;
  nextUpdate: Date;
  entries: RevocationChunks;
  /**
   * The URL in the certificates' CRLDistributionPoints: the CRL then covers exactly the subscribers' certificates that name it
   * (RFC 5280 §5.2.5). Absent: it covers everything of its issuer.
   */
  distributionPoint?: string;
}

/**
 * thisUpdate and nextUpdate of a CRL issued at a given time, in whole seconds: not before its CA's notBefore, not after its
 * notAfter. Throws RangeError if nothing is left between the two, or if the CA's validity has not begun.
 */
export function crlPeriod(
  { notBefore, notAfter }: Pick<CrlIssuer["issuer"], "notBefore" | "notAfter">,
  from: Date,
  validitySeconds: number,
): { thisUpdate: Date; nextUpdate: Date } {
  const end = new Date(from.getTime() + validitySeconds * 1000);
  return clamp({ notBefore, notAfter }, { thisUpdate: from, nextUpdate: end });
}

function clamp(
  { notBefore, notAfter }: { notBefore: Date; notAfter: Date },
  stated: { thisUpdate: Date; nextUpdate: Date },
): { thisUpdate: Date; nextUpdate: Date } {
  requireTimes({ thisUpdate: stated.thisUpdate, nextUpdate: stated.nextUpdate });
  const thisUpdate = latest(wholeSeconds(stated.thisUpdate), notBefore);
  const nextUpdate = wholeSeconds(new Date(Math.min(stated.nextUpdate.getTime(), notAfter.getTime())));
  if (thisUpdate.getTime() - stated.thisUpdate.getTime() > clockSkewMs)
    throw new RangeError(`The CA is valid from ${notBefore.toISOString()}; it signs no CRL before.`);
  if (nextUpdate <= thisUpdate)
    throw new RangeError(
      `nextUpdate must be after thisUpdate, and the CA is valid until ${notAfter.toISOString()}.`,
    );
  return { thisUpdate, nextUpdate };
}

/**
 * Builds and signs a CRL, version 2 (RFC 5280 §5), DER, complete, not a delta CRL.
 *
 * A revoked certificate stays listed after its end: a signature is verified years after it was made, and only then it matters
 * whether its key was revoked at the time. RFC 5280 §3.3 requires one CRL past the end; expiredCertsOnCRL states that it is all
 * of them, since the CA began. The size is limited by the generation.
 *
 * The CRL's times are kept within its CA's validity, as in {@link crlPeriod}. Throws RangeError on invalid numbers and times,
 * such as an entry that has not taken effect yet, and TypeError on an invalid serial.
 */
export async function makeCrl(authority: CrlIssuer, input: CrlInput): Promise<Uint8Array<ArrayBuffer>> {
  const { issuer } = authority;
  if (input.number < 0n || input.number >= 1n << 159n) throw new RangeError("A cRLNumber is 0 to 2^159 - 1.");
  const { thisUpdate, nextUpdate } = clamp(issuer, input);
  const entries = await encodeEntries(input.entries, thisUpdate);
  const extensions = [
    authorityKeyIdentifier(issuer.keyIdentifier),
    crlNumber(input.number),
    expiredCertificatesSince(issuer.notBefore),
    ...(input.distributionPoint === undefined ? [] : [issuingDistributionPoint(input.distributionPoint)]),
  ];
  const tbs = new asn1js.Sequence({
    value: [
      new asn1js.Integer({ value: Version.v2 }),
      toAsn(algorithmIdentifier(issuer.signatureAlgorithm)),
      toAsn(issuer.name),
      toAsn(new Time(thisUpdate)),
      toAsn(new Time(nextUpdate)),
      // An empty list is omitted (RFC 5280 §5.1.2.6).
      ...(entries.length === 0 ? [] : [sequenceOf(entries)]),
      new asn1js.Constructed({
        idBlock: { tagClass: 3, tagNumber: 0 },
        value: [new asn1js.Sequence({ value: extensions.map(toAsn) })],
      }),
    ],
  });
  const { keyStore, issuingKeyId: keyId } = authority;
  return signObject({ keyStore, keyId }, new Uint8Array(tbs.toBER()), issuer.signatureAlgorithm);
}

/** The content of revokedCertificates. Yields to other work after each chunk. */
async function encodeEntries(chunks: RevocationChunks, thisUpdate: Date): Promise<Buffer> {
  const parts: Buffer[] = [];
  const latestSecond = thisUpdate.getTime() + clockSkewMs;
  let last = { second: Number.NaN, time: new Uint8Array() };
  /** Concurrent revocations have the same second, which is then encoded once. */
  const timeOf = (date: Date): Uint8Array => {
    const second = wholeSeconds(date).getTime();
    // Not "greater": an invalid time compares to nothing.
    if (!(second <= latestSecond)) throw new RangeError("An entry of the CRL is dated after its thisUpdate.");
    if (second !== last.second) last = { second, time: encodeTime(new Date(second)) };
    return last.time;
  };
  for await (const chunk of chunks) {
    parts.push(Buffer.concat(chunk.map((each) => Buffer.from(encodeEntry(each, timeOf(each.revokedAt))))));
    await new Promise(setImmediate);
  }
  return Buffer.concat(parts);
}

function encodeEntry({ serial, reason }: CrlEntry, revocationDate: Uint8Array): ArrayBuffer {
  const userCertificate = new asn1js.Integer({ valueHex: integerOfSerial(serial) });
  const userCertificateDer = new Uint8Array(userCertificate.toBER());
  return sequenceOf(userCertificateDer, revocationDate, entryExtensions[reason]).toBER();
}

/** UTCTime through 2049, GeneralizedTime after (RFC 5280 §5.1.2.6), as the library's Time chooses. */
function encodeTime(valueDate: Date): Uint8Array<ArrayBuffer> {
  const time =
    new Time(valueDate).utcTime === undefined
      ? new asn1js.GeneralizedTime({ valueDate })
      : new asn1js.UTCTime({ valueDate });
  return new Uint8Array(time.toBER());
}

/** crlEntryExtensions by reason. `unspecified` is omitted (RFC 5280 §5.3.1). */
const entryExtensions = Object.fromEntries(
  Object.entries(caRevocationReasons).map(([reason, code]) => [
    reason,
    reason === "unspecified"
      ? new Uint8Array()
      : new Uint8Array(new asn1js.Sequence({ value: [toAsn(reasonCode(code))] }).toBER()),
  ]),
) as Record<CaRevocationReason, Uint8Array>;

function toAsn(value: object) {
  return AsnSerializer.toASN(value);
}

const issuingDistributionPoint = (uri: string): Extension =>
  new Extension({
    extnID: id_ce_issuingDistributionPoint,
    critical: true,
    extnValue: new OctetString(
      AsnConvert.serialize(
        new IssuingDistributionPoint({
          distributionPoint: new DistributionPointName({
            fullName: [new GeneralName({ uniformResourceIdentifier: uri })],
          }),
          onlyContainsUserCerts: true,
        }),
      ),
    ),
  });

const expiredCertificatesSince = (date: Date): Extension =>
  new Extension({
    extnID: id_ce_expiredCertsOnCRL,
    extnValue: new OctetString(
      bufferOf(new Uint8Array(new asn1js.GeneralizedTime({ valueDate: date }).toBER())),
    ),
  });
