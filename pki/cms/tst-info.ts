import { type Cursor, constructedTag, NotDer, primitiveTag, readDer, tags } from "../der/cursor.ts";
import { readPreciseTime } from "../der/read-time.ts";
import { decodeUtf8 } from "../der/text.ts";
import { type AlgorithmIdentifier, readAlgorithm } from "../x509/algorithm.ts";
import { type Extension, readExtensions } from "../x509/extension.ts";
import { readGeneralName } from "../x509/general-name.ts";

export const idTstInfo = "1.2.840.113549.1.9.16.1.4";

/** The used fields of TSTInfo (RFC 3161 §2.4.2). */
export interface TstInfo {
  imprint: { algorithm: AlgorithmIdentifier; digest: Uint8Array };
  genTime: Date;
  /** Content of the INTEGER. */
  nonce?: Uint8Array;
  extensions: ReadonlyMap<string, Extension>;
}

/** Parses the signed content of a time-stamp. @throws NotDer, BadCertificate for its extensions */
export const readTstInfo = (der: Uint8Array): TstInfo =>
  readDer(der, "time-stamp", (cursor) => {
    const info = cursor.enter();
    if (info.smallInteger() !== 1) throw new NotDer("an unknown version");
    info.objectIdentifier();
    const messageImprint = info.enter();
    const imprint = { algorithm: readAlgorithm(messageImprint), digest: messageImprint.octetString() };
    messageImprint.finish();
    info.integer();
    const genTime = readPreciseTime(info);
    // Accuracy and ordering are checked for their form only.
    passAccuracy(info.enterIf(tags.sequence));
    info.booleanOrFalse();
    const nonce = info.tag === tags.integer ? info.integer() : undefined;
    const authority = info.enterIf(constructedTag(0));
    if (authority) readGeneralName(authority);
    authority?.finish();
    const extensions =
      info.tag === constructedTag(1) ? readExtensions(info, constructedTag(1)) : new Map<string, Extension>();
    info.finish();
    return { imprint, genTime, ...(nonce && { nonce }), extensions };
  });

/** Accuracy: seconds, milliseconds and microseconds, each optional. */
function passAccuracy(accuracy: Cursor | undefined): void {
  for (const tag of [tags.integer, primitiveTag(0), primitiveTag(1)])
    if (accuracy?.tag === tag) accuracy.smallInteger(tag);
  accuracy?.finish();
}

/** PKIFreeText (RFC 4210 §5.1.1). */
function passTexts(texts: Cursor): void {
  while (!texts.ended) decodeUtf8(texts.content(tags.utf8String));
}

/** PKIStatus (RFC 3161 §2.4.2): granted, and grantedWithMods. */
const granted: readonly number[] = [0, 1];

/** The token, DER, in a TimeStampResp (RFC 3161 §2.4.2); undefined if none was granted. @throws NotDer */
export const readTimeStampResponse = (der: Uint8Array): Uint8Array | undefined =>
  readDer(der, "time-stamp response", (cursor) => {
    const response = cursor.enter();
    const information = response.enter();
    const status = information.smallInteger();
    if (information.tag === tags.sequence) passTexts(information.enter());
    if (information.tag === tags.bitString) information.namedBits();
    information.finish();
    const token = response.ended ? undefined : response.whole(tags.sequence);
    response.finish();
    return granted.includes(status) ? token : undefined;
  });
