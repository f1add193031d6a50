import { type Cursor, constructedTag, NotDer, primitiveTag } from "../der/cursor.ts";
import { decodeText, readText } from "../der/text.ts";
import { type Name, readName } from "./name.ts";

/** GeneralName (RFC 5280 §4.2.1.6). For forms that are not used here only the encoding. */
export type GeneralName =
  | { form: "otherName"; type: string; value: Uint8Array }
  | { form: "rfc822Name" | "dNSName" | "uniformResourceIdentifier"; text: string }
  | { form: "directoryName"; name: Name }
  | { form: "iPAddress"; octets: Uint8Array }
  | { form: "registeredID"; type: string }
  | { form: "x400Address" | "ediPartyName"; der: Uint8Array };

const ia5String = 0x16;

/** Octets of an IPv4 or IPv6 address. */
const addresses = [4, 16];
/** The same with a mask of the same width: a subtree of name constraints (RFC 5280 §4.2.1.10). */
export const addressesWithMask: readonly number[] = [8, 32];

/**
 * Consumes one GeneralName.
 * @param addressOctets how long an iPAddress may be
 * @throws NotDer
 */
export function readGeneralName(cursor: Cursor, addressOctets: readonly number[] = addresses): GeneralName {
  const { tag } = cursor;
  switch (tag) {
    case constructedTag(0):
      return readOtherName(cursor);
    case primitiveTag(1):
      return { form: "rfc822Name", text: decodeText(ia5String, cursor.content(tag)) };
    case primitiveTag(2):
      return { form: "dNSName", text: decodeText(ia5String, cursor.content(tag)) };
    case constructedTag(3):
      return { form: "x400Address", der: cursor.any() };
    case constructedTag(4): {
      const explicit = cursor.enter(tag);
      const name = readName(explicit);
      explicit.finish();
      return { form: "directoryName", name };
    }
    case constructedTag(5):
      return readEdiPartyName(cursor);
    case primitiveTag(6):
      return { form: "uniformResourceIdentifier", text: decodeText(ia5String, cursor.content(tag)) };
    case primitiveTag(7):
      return readAddress(cursor, addressOctets);
    case primitiveTag(8):
      return { form: "registeredID", type: cursor.objectIdentifier(tag) };
    default:
      throw new NotDer("another type where a GeneralName is expected");
  }
}

function readOtherName(cursor: Cursor): GeneralName {
  const other = cursor.enter(constructedTag(0));
  const type = other.objectIdentifier();
  const explicit = other.enter(constructedTag(0));
  const value = explicit.any();
  explicit.finish();
  other.finish();
  return { form: "otherName", type, value };
}

function readAddress(cursor: Cursor, allowed: readonly number[]): GeneralName {
  const octets = cursor.content(primitiveTag(7));
  if (!allowed.includes(octets.length)) throw new NotDer("an IP address of another length");
  return { form: "iPAddress", octets };
}

/** DirectoryString is a CHOICE, so both tags are explicit. */
function readEdiPartyName(cursor: Cursor): GeneralName {
  const start = cursor.at;
  const parts = cursor.enter(constructedTag(5));
  for (const part of [parts.enterIf(constructedTag(0)), parts.enter(constructedTag(1))]) {
    if (!part) continue;
    readText(part);
    part.finish();
  }
  parts.finish();
  return { form: "ediPartyName", der: cursor.bytes.subarray(start, cursor.at) };
}

/** GeneralNames: at least one. Reads to the end of the cursor. @throws NotDer */
export function readGeneralNames(cursor: Cursor): GeneralName[] {
  const names: GeneralName[] = [];
  while (!cursor.ended) names.push(readGeneralName(cursor));
  if (names.length === 0) throw new NotDer("GeneralNames without a name");
  return names;
}

/** The location of a CRL: a directory name or a URL, as text. Other forms are not used for it. */
export function placeText(place: GeneralName): string | undefined {
  if (place.form === "directoryName") return place.name.text;
  return place.form === "uniformResourceIdentifier" ? place.text : undefined;
}
