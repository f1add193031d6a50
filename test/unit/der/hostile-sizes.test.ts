import { describe, expect, test } from "@jest/globals";
import { readSignedData } from "../../../pki/cms/signed-data.ts";
import { CmsUnreadable } from "../../../pki/cms/unreadable.ts";
import { Cursor, NotDer } from "../../../pki/der/cursor.ts";
import { readName } from "../../../pki/x509/name.ts";
import { makeCms } from "../card-verification/test-cms.ts";
import { rsa, TestCa } from "../card-verification/test-pki.ts";

/** DER of a tag around a content of any length. */
function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const octets = length < 0x80 ? [length] : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  const shortest = length < 0x80 || length > 0xffff ? octets : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([
    Buffer.from([tag, ...(length < 0x100 && length >= 0x80 ? [0x81, length] : shortest)]),
    content,
  ]);
}

const ca = new TestCa([["CN", "CA"]], rsa(), { extensions: [] });
const { certificate } = ca;
const limits = { octets: 10_000_000, certificates: 8, attributes: 16 };
const messageOf = (more: Partial<Parameters<typeof makeCms>[0]>): Buffer =>
  makeCms({ content: Buffer.from("content"), certificate, ...ca.keys, ...more });

describe("oversized input is refused before it costs time", () => {
  test("fail/64 kB of nested sequences: as deep as forty levels", () => {
    let nested: Buffer = Buffer.alloc(0);
    while (nested.length < 65_536) nested = element(0x30, nested);
    const cursor = new Cursor(nested);
    expect(() => cursor.any()).toThrow(/more than 40 levels/);
  });

  test("fail/a SET of a hundred thousand members: only one more than the limit is read", () => {
    const members = element(
      0x31,
      Buffer.concat(Array<Buffer>(100_000).fill(Buffer.from("300506032a0304", "hex"))),
    );
    const data = element(0x30, Buffer.concat([Buffer.of(2, 1, 1), members]));
    const oid = Buffer.from("06092a864886f70d010702", "hex");
    const cms = element(0x30, Buffer.concat([oid, element(0xa0, data)]));
    expect(() => readSignedData(cms, limits)).toThrow(
      new CmsUnreadable("MALFORMED", "The CMS has more than 8 digest algorithms."),
    );
  });

  test("fail/a hundred certificates, and attributes without end", () => {
    const crowd = messageOf({ certificates: Array<Uint8Array>(100).fill(certificate) });
    expect(() => readSignedData(crowd, limits)).toThrow(/more than 8 certificates/);
    expect(() => readSignedData(messageOf({}), { ...limits, attributes: 1 })).toThrow(
      /more than 1 attributes/,
    );
  });

  test("fail/a time of half a million octets", () => {
    const time = element(0x18, Buffer.alloc(500_000, "1"));
    expect(() => new Cursor(time).any()).toThrow(NotDer);
  });

  test("fail/a name of combining marks, which take the square of their number to compare", () => {
    const nameOf = (text: string) => {
      const value = element(0x0c, Buffer.from(text));
      const attribute = element(0x30, Buffer.concat([Buffer.from("0603550403", "hex"), value]));
      return readName(new Cursor(element(0x30, element(0x31, attribute))));
    };
    for (const marks of ["\u0301\u0323", "\uff9e\u0316"])
      expect(() => nameOf(`a${marks.repeat(16)}`)).toThrow(/combining marks/);
    const many = `a${"\u0301\u0323".repeat(15)}`.repeat(500);
    expect(nameOf(many).values("CN")).toEqual([many]);
  });

  test("fail/a message larger than its reader's limit is not parsed at all", () => {
    expect(() => readSignedData(Buffer.alloc(10_000_001), limits)).toThrow(/larger than/);
    expect(() => readSignedData(Buffer.alloc(20), limits)).toThrow(NotDer);
  });
});
