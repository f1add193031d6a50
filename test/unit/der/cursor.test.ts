import { describe, expect, test } from "@jest/globals";
import { Cursor, NotDer, readDer, tags } from "../../../pki/der/cursor.ts";
import { readTime } from "../../../pki/der/read-time.ts";
import { readText } from "../../../pki/der/text.ts";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const any = (hex: string): Uint8Array => readDer(bytes(hex), "value", (cursor) => cursor.any());

describe("what a cursor accepts", () => {
  const good: [string, string][] = [
    ["an empty SEQUENCE", "30 00"],
    ["TRUE and FALSE", "30 06 01 01 ff 01 01 00"],
    ["integers of either sign", "30 0a 02 01 80 02 02 00 80 02 01 7f"],
    ["a length of two octets", `04 81 80 ${"00".repeat(128)}`],
    ["a BIT STRING with unused bits that are zero", "03 02 04 f0"],
    ["an OBJECT IDENTIFIER with a long arc", "06 0a 2b 06 01 04 01 83 ff ff ff 7f"],
    ["a SET OF in its order", "31 06 02 01 01 02 01 02"],
    ["whatever a context tag holds", "80 03 ff ff ff"],
  ];
  test.each(good)("ok/%s", (_, hex) => {
    expect(any(hex)).toEqual(bytes(hex));
  });

  const bad: [string, string, RegExp][] = [
    ["nothing", "", /missing|truncated/],
    ["half a header", "30", /truncated/],
    ["something behind it", "05 00 00", /after the last/],
    ["an indefinite length", "30 80 00 00", /indefinite/],
    ["a length in too many octets", "04 81 01 00", /too many octets/],
    ["a length with a zero in front", "04 82 00 80", /too many octets/],
    ["a length of five octets", "04 85 01 00 00 00 00", /excessive/],
    ["more than it is in", "30 03 04 05 00", /longer than/],
    ["a tag number above 30", "1f 81 01 00", /above 30/],
    ["a BOOLEAN of 1", "01 01 01", /BOOLEAN/],
    ["an INTEGER without content", "02 00", /INTEGER/],
    ["an INTEGER with a zero in front", "02 02 00 01", /INTEGER/],
    ["an INTEGER with a sign in front", "02 02 ff 80", /INTEGER/],
    ["a NULL with content", "05 01 00", /NULL/],
    ["unused bits that are set", "03 02 04 ff", /unused/],
    ["eight unused bits", "03 02 08 00", /unused/],
    ["an OBJECT IDENTIFIER that is cut", "06 02 2a 86", /OBJECT IDENTIFIER/],
    ["an arc with a zero in front", "06 03 2a 80 01", /OBJECT IDENTIFIER/],
    ["a SET OF out of order", "31 06 02 01 02 02 01 01", /order/],
    ["a constructed OCTET STRING", "24 04 04 02 00 00", /constructed/],
    ["a SEQUENCE in primitive form", "10 00", /primitive/],
    ["a reserved type", "0f 01 78", /reserved/],
    ["a UTCTime without zone", "17 0c 323630313031303030303030", /time/],
  ];
  test.each(bad)("fail/%s", (_, hex, why) => {
    expect(() => any(hex)).toThrow(why);
    expect(() => any(hex)).toThrow(NotDer);
  });

  test("ok/the error names the structure and the octet", () => {
    expect(() => readDer(bytes("30 04 02 02 00 01"), "request", (cursor) => cursor.any())).toThrow(
      "The request is not strict DER: an INTEGER in too many octets (octet 6).",
    );
  });

  test("fail/a negative number is no small integer", () => {
    expect(() => new Cursor(bytes("02 01 80")).smallInteger()).toThrow(NotDer);
    expect(new Cursor(bytes("02 02 00 80")).smallInteger()).toBe(128);
  });

  test("fail/FALSE that is encoded although it is the default", () => {
    expect(() => new Cursor(bytes("01 01 00")).booleanOrFalse()).toThrow(/default/);
    expect(new Cursor(bytes("01 01 ff")).booleanOrFalse()).toBe(true);
    expect(new Cursor(bytes("02 01 01")).booleanOrFalse()).toBe(false);
  });

  test("fail/named bits with zero bits at the end", () => {
    expect(new Cursor(bytes("03 02 01 06")).namedBits()).toBe(0b110_0000);
    expect(() => new Cursor(bytes("03 02 00 06")).namedBits()).toThrow(/shortest/);
    expect(() => new Cursor(bytes("03 03 00 80 00")).namedBits()).toThrow(/shortest/);
  });
});

describe("text", () => {
  const textOf = (hex: string) => readText(new Cursor(bytes(hex)));
  test.each([
    ["UTF8String", "0c 03 e3 81 8b", "か"],
    ["PrintableString", "13 02 4a 50", "JP"],
    ["TeletexString, as Latin-1", "14 01 e9", "é"],
    ["BMPString", "1e 02 30 4b", "か"],
    ["UniversalString", "1c 04 00 00 30 4b", "か"],
  ])("ok/%s", (_, hex, text) => {
    expect(textOf(hex)).toBe(text);
  });
  test.each([
    ["UTF-8 that is none", "0c 01 ff", /UTF-8/],
    ["an IA5String beyond ASCII", "16 01 e9", /ASCII/],
    ["half a character", "1e 01 30", /half/],
    ["a character that does not exist", "1c 04 00 11 00 00", /exist/],
    ["no string", "04 00", /string/],
  ])("fail/%s", (_, hex, why) => {
    expect(() => textOf(hex)).toThrow(why);
  });
});

describe("times (RFC 5280 §4.1.2.5)", () => {
  const timeOf = (text: string): Date => {
    const tag = text.length === 13 || text.length === 11 ? tags.utcTime : tags.generalizedTime;
    return readTime(new Cursor(Buffer.concat([Buffer.of(tag, text.length), Buffer.from(text)])));
  };
  test.each([
    ["491231235959Z", "2049-12-31T23:59:59.000Z"],
    ["500101000000Z", "1950-01-01T00:00:00.000Z"],
    ["20500101000000Z", "2050-01-01T00:00:00.000Z"],
    ["240229000000Z", "2024-02-29T00:00:00.000Z"],
  ])("ok/%s", (text, iso) => {
    expect(timeOf(text).toISOString()).toBe(iso);
  });
  test.each([
    "2601010000Z",
    "260101000060Z",
    "260230000000Z",
    "261301000000Z",
    "260101240000Z",
    "20260101000000.5Z",
    "20260101000000+0900",
    "00260101000000Z",
    "2601010000 0Z",
  ])("fail/%s", (text) => {
    expect(() => timeOf(text)).toThrow(NotDer);
  });
});
