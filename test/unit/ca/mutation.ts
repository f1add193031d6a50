import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AttributeTypeAndValue,
  AttributeValue,
  type Extension,
  Extensions,
  Name,
  RelativeDistinguishedName,
  TBSCertificate,
} from "@peculiar/asn1-x509";
import * as asn1js from "asn1js";
import type { Authority } from "../../../pki/ca/authority.ts";
import { bufferOf, encodeDer } from "../../../pki/ca/der.ts";
import type { Profile } from "../../../pki/ca/profiles/profile.ts";

/** The authority is the one the TBS was made by. */
export type Change = (tbs: TBSCertificate, authority: Authority) => void;

/** What breaks a rule and no other. The profile is basic when none is said. */
export type Break = [rule: string, what: string, change: Change, profile?: Profile];

/** What breaks a rule and, by its nature, others too. */
export type WiderBreak = [rule: string, what: string, change: Change, others: string[]];

/** A TBSCertificate taken apart, changed and put together again: DER as a faulty maker would write it. */
export function changed(tbs: Uint8Array, authority: Authority, change: Change): Uint8Array {
  const read = AsnConvert.parse(bufferOf(tbs), TBSCertificate);
  change(read, authority);
  return encodeDer(read);
}

/** The same TBS with `critical` FALSE said of its first extension: BER, for DER leaves a default out. */
export function withDefaultWrittenOut(tbs: Uint8Array): Uint8Array {
  const { result } = asn1js.fromBER(tbs);
  const [extensions] = partsOf(partsOf(result).at(-1));
  partsOf(partsOf(extensions)[0]).splice(1, 0, new asn1js.Boolean({ value: false }));
  return new Uint8Array(result.toBER());
}

function partsOf(value: asn1js.AsnType | undefined): asn1js.AsnType[] {
  if (value instanceof asn1js.Constructed) return value.valueBlock.value;
  throw new TypeError("There is nothing inside.");
}

/** The extension of an object id. Throws when there is none. */
export function extensionOf(tbs: TBSCertificate, id: string): Extension {
  const found = tbs.extensions?.find(({ extnID }) => extnID === id);
  if (!found) throw new Error(`There is no extension ${id} to change.`);
  return found;
}

export function setContent(tbs: TBSCertificate, id: string, content: object | Uint8Array): void {
  const der = content instanceof Uint8Array ? content : encodeDer(content);
  extensionOf(tbs, id).extnValue = new OctetString(bufferOf(der));
}

export function withoutExtension(tbs: TBSCertificate, id: string): void {
  tbs.extensions = new Extensions((tbs.extensions ?? []).filter(({ extnID }) => extnID !== id));
}

export function withExtension(tbs: TBSCertificate, extension: Extension): void {
  tbs.extensions = new Extensions([...(tbs.extensions ?? []), extension]);
}

export const rdn = (type: string, value: Partial<AttributeValue>): RelativeDistinguishedName =>
  new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue(value) })]);

/** Another subject: the one there is, seen RDN by RDN. */
export function setSubject(
  tbs: TBSCertificate,
  change: (rdns: RelativeDistinguishedName[]) => RelativeDistinguishedName[],
): void {
  tbs.subject = new Name(change(Array.from(tbs.subject)));
}
