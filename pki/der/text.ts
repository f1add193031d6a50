import type { Cursor } from "./cursor.ts";
import { NotDer } from "./not-der.ts";
import { tags } from "./tags.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of a string type (X.690 §8.23): UTF-8, 7-bit ASCII (PrintableString, IA5String, VisibleString, NumericString; their
 * subsets are not checked), Latin-1 for TeletexString as used in practice, UTF-16 and UTF-32 (big-endian) for BMPString and
 * UniversalString.
 * @throws NotDer if the octets are not such text, or if the next element is not a string
 */
export function readText(cursor: Cursor): string {
  const { tag } = cursor;
  return decodeText(tag, cursor.content(tag));
}

/** {@link readText} of an element's tag and content. */
export function decodeText(tag: number, content: Uint8Array): string {
  switch (tag) {
    case tags.utf8String:
      return decodeUtf8(content);
    case tags.printableString:
    case tags.ia5String:
    case tags.visibleString:
    case tags.numericString:
      if (content.some((octet) => octet > 0x7f)) throw new NotDer("a string of ASCII with other octets");
      return codeUnits(content, 1);
    case tags.teletexString:
      return codeUnits(content, 1);
    case tags.bmpString:
      return codeUnits(content, 2);
    case tags.universalString:
      return codeUnits(content, 4);
    default:
      throw new NotDer("another type where a string is expected");
  }
}

const texts: readonly number[] = [
  tags.utf8String,
  tags.printableString,
  tags.teletexString,
  tags.ia5String,
  tags.bmpString,
  tags.universalString,
  tags.visibleString,
  tags.numericString,
];

/** Whether a tag is of a supported string type. */
export const isText = (tag: number): boolean => texts.includes(tag);

/** @throws NotDer if the octets are not UTF-8 */
export function decodeUtf8(content: Uint8Array): string {
  try {
    return utf8.decode(content);
  } catch {
    throw new NotDer("a UTF8String that is not UTF-8");
  }
}

/** Text of characters of `width` octets each, big-endian. */
function codeUnits(content: Uint8Array, width: 1 | 2 | 4): string {
  if (content.length % width !== 0) throw new NotDer("a string with half a character");
  let text = "";
  for (let at = 0; at < content.length; at += width) {
    let code = 0;
    for (let index = 0; index < width; index += 1) code = code * 256 + (content[at + index] as number);
    if (code > 0x10_ff_ff) throw new NotDer("a string with a character that does not exist");
    text += width === 2 ? String.fromCharCode(code) : String.fromCodePoint(code);
  }
  return text;
}
