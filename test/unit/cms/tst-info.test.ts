import { describe, expect, test } from "@jest/globals";
import { positive } from "../../../pki/cms/time-stamp.ts";
import { readTimeStampResponse, readTstInfo } from "../../../pki/cms/tst-info.ts";
import { NotDer } from "../../../pki/der/cursor.ts";
import { der, integer, oid, sequence, yes } from "../path/making.ts";

const imprint = sequence(sequence(oid("2.16.840.1.101.3.4.2.1")), der(0x04, Buffer.alloc(32, 7)));
const time = (text: string) => der(0x18, Buffer.from(text));
const info = (genTime: Buffer, ...more: Buffer[]) =>
  sequence(integer(1), oid("1.2.3"), imprint, integer(5), genTime, ...more);

describe("what a time-stamp states (RFC 3161 §2.4.2)", () => {
  test.each([
    ["20260314212600Z", "2026-03-14T21:26:00.000Z"],
    ["20260314212600.5Z", "2026-03-14T21:26:00.500Z"],
  ])("ok/%s", (text, iso) => {
    expect(readTstInfo(info(time(text))).genTime.toISOString()).toBe(iso);
  });

  test("ok/accuracy, ordering, nonce, name and extensions, in their order", () => {
    const accuracy = sequence(integer(1));
    const tsa = der(0xa0, der(0x86, Buffer.from("urn:x")));
    const extension = sequence(oid("1.2.3.4"), yes, der(0x04));
    const read = readTstInfo(
      info(time("20260314212600Z"), accuracy, yes, integer(300), tsa, der(0xa1, extension)),
    );
    expect(Buffer.from(read.nonce!)).toEqual(Buffer.from([1, 44]));
    expect(read.extensions.get("1.2.3.4")).toMatchObject({ critical: true });
  });

  test.each<[string, Buffer]>([
    ["a time without zone", info(time("20260314212600"))],
    ["a time with an offset", info(time("20260314212600+0900"))],
    ["a date that does not exist", info(time("20260230212600Z"))],
    ["a fraction that ends with a zero", info(time("20260314212600.50Z"))],
    ["UTCTime", info(der(0x17, Buffer.from("260314212600Z")))],
    [
      "ordering that is written though it is false",
      info(time("20260314212600Z"), der(0x01, Buffer.from([0]))),
    ],
    ["more after its end", Buffer.concat([info(time("20260314212600Z")), Buffer.from([5, 0])])],
    ["an unknown element", info(time("20260314212600Z"), der(0xa2))],
    ["another version", sequence(integer(2), oid("1.2.3"), imprint, integer(5), time("20260314212600Z"))],
    ["an accuracy that is a text", info(time("20260314212600Z"), sequence(der(0x0c, Buffer.from("1 s"))))],
    [
      "an accuracy in another order",
      info(time("20260314212600Z"), sequence(der(0x80, Buffer.of(1)), integer(1))),
    ],
    ["an authority that is no name", info(time("20260314212600Z"), der(0xa0, integer(1)))],
    [
      "an authority of two names",
      info(time("20260314212600Z"), der(0xa0, ...["a", "b"].map((text) => der(0x86, Buffer.from(text))))),
    ],
  ])("fail/%s", (_what, bytes) => {
    expect(() => readTstInfo(bytes)).toThrow(NotDer);
  });
});

describe("the answer to a request", () => {
  const token = sequence(oid("1.2.3"));
  test("ok/the token where one was granted, with or without changes", () => {
    for (const status of [0, 1])
      expect(readTimeStampResponse(sequence(sequence(integer(status)), token))).toEqual(token);
  });

  test("fail/no token where the request was refused", () => {
    const texts = sequence(der(0x0c, Buffer.from("no")));
    const information = sequence(integer(2), texts, der(0x03, Buffer.from([5, 0x20])));
    expect(readTimeStampResponse(sequence(information))).toBeUndefined();
    expect(readTimeStampResponse(sequence(information, token))).toBeUndefined();
    expect(() => readTimeStampResponse(Buffer.from("x"))).toThrow(NotDer);
    expect(() => readTimeStampResponse(sequence(sequence(integer(2), sequence(integer(1)))))).toThrow(NotDer);
  });
});

test.each([
  ["00", "00"],
  ["0000", "00"],
  ["0001", "01"],
  ["80", "0080"],
  ["00ff01", "00ff01"],
])("ok/a nonce of %s is the INTEGER %s", (bytes, content) => {
  expect(Buffer.from(positive(Buffer.from(bytes, "hex"))).toString("hex")).toBe(content);
});
