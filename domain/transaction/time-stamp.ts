import { randomBytes } from "node:crypto";
import { Attribute, ContentInfo, SignedData } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import { attributeTypes } from "../../pki/cms/attribute-types.ts";
import { checkedSignature } from "../../pki/cms/checked-signature.ts";
import { idData } from "../../pki/cms/signed-data.ts";
import { TimeStampInvalid, timeStampTokenOf, verifiedTimeStamp } from "../../pki/cms/time-stamp.ts";
import { verifyWithNode } from "../../pki/x509/node-signature.ts";
import { runSync } from "../../pki/x509/signature.ts";
import { timeStampRequest } from "./time-stamp-request.ts";

/** A time-stamp authority (RFC 3161): sends a request, DER, and returns the answer. Rejects if it is unavailable. */
export interface TimeStampAuthority {
  ask(request: Uint8Array): Promise<Uint8Array>;
  /** DER. */
  roots: readonly Uint8Array[];
}

/** The authority does not answer, or its time-stamp is not valid. Worth retrying. */
export class TimeStampUnavailable extends Error {
  override name = "TimeStampUnavailable";
}

/**
 * Adds a time-stamp to a signature (CAdES-B-T, EN 319 122-1 §6.3): over the signature's value, verified before it is stored, as
 * an unsigned attribute. The signed bytes do not change.
 * @throws TimeStampUnavailable
 */
export async function timeStamped(
  cms: Uint8Array,
  authority: TimeStampAuthority,
): Promise<{ cms: Uint8Array; at: Date }> {
  const { signature: data } = runSync(checkedSignature(cms, idData), verifyWithNode);
  const nonce = randomBytes(16);
  try {
    const token = timeStampTokenOf(await authority.ask(timeStampRequest(data, nonce)));
    const at = runSync(verifiedTimeStamp(token, { data, nonce, roots: authority.roots }), verifyWithNode);
    return { cms: withToken(cms, token), at };
  } catch (cause) {
    const why = cause instanceof TimeStampInvalid ? cause.message : "It does not answer.";
    throw new TimeStampUnavailable(`The time-stamp authority: ${why}`, { cause });
  }
}

function withToken(cms: Uint8Array, token: Uint8Array): Uint8Array {
  const info = AsnConvert.parse(cms, ContentInfo);
  const data = AsnConvert.parse(info.content, SignedData);
  const [signer] = data.signerInfos;
  if (!signer) throw new Error("A signature that was just checked has no signer.");
  const value = new Uint8Array(token).buffer;
  signer.unsignedAttrs = [new Attribute({ attrType: attributeTypes.timeStampToken, attrValues: [value] })];
  info.content = AsnConvert.serialize(data);
  return new Uint8Array(AsnConvert.serialize(info));
}
