import { describe, expect, test } from "@jest/globals";
import {
  base64urlAtMost,
  base64urlExactly,
  decode,
  digest,
  encode,
  p256Point,
  sha256,
  utf8,
} from "../../../protocol/encoding.ts";

describe("encoding", () => {
  test("ok/every length goes there and back, without padding", () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 0xff);
      expect(encode(bytes)).toMatch(/^[A-Za-z0-9_-]*$/);
      expect(decode(encode(bytes))).toEqual(bytes);
    }
  });

  test("ok/SHA-256 of a known text (FIPS 180-4, example)", async () => {
    const known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(Buffer.from(decode(await sha256(utf8("abc")))).toString("hex")).toBe(known);
  });

  test("ok/texts are UTF-8, characters beyond the BMP too", () => {
    expect(Buffer.from(utf8("𠮷")).toString("hex")).toBe("f0a0aeb7");
  });
});

describe("schemas of base64url", () => {
  const full = encode(new Uint8Array(32).fill(0xff));

  test.each([1, 2, 3, 16, 31, 32, 33, 65])("ok/exactly %i bytes", (length) => {
    expect(base64urlExactly(length).safeParse(encode(new Uint8Array(length).fill(0xff))).success).toBe(true);
    for (const wrong of [length - 1, length + 1])
      expect(base64urlExactly(length).safeParse(encode(new Uint8Array(wrong).fill(0xff))).success).toBe(
        false,
      );
  });

  test.each([
    ["padding", `${full}=`],
    ["padding instead of a character", `${full.slice(1)}=`],
    ["the alphabet of base64", `${full.slice(1)}+`],
    ["the alphabet of base64", `${full.slice(1)}/`],
    ["a space", `${full.slice(1)} `],
    ["a line break at the end", `${full.slice(1)}\n`],
    ["a line break too many", `${full}\n`],
    ["a letter outside ASCII", `${full.slice(1)}ａ`],
    ["a bit to spare", `${full.slice(0, -1)}9`],
    ["a byte too few", full.slice(2)],
    ["a byte too many", `${full}__`],
    ["nothing", ""],
  ])("fail/a digest with %s: %j", (_, text) => {
    expect(digest.safeParse(text).success).toBe(false);
  });

  test.each([null, undefined, 5, {}, ["AA"], new Uint8Array(32)])("fail/%p is no text", (value) => {
    expect(digest.safeParse(value).success).toBe(false);
    expect(base64urlAtMost(32).safeParse(value).success).toBe(false);
  });

  test("fail/a compressed point, and a point of P-384", () => {
    expect(p256Point.safeParse(encode(new Uint8Array(33))).success).toBe(false);
    expect(p256Point.safeParse(encode(new Uint8Array(97))).success).toBe(false);
  });

  test("ok/at most: one byte up to the limit", () => {
    const schema = base64urlAtMost(10);
    for (const length of [1, 5, 10])
      expect(schema.safeParse(encode(new Uint8Array(length))).success).toBe(true);
  });

  test("ok/of all the texts of one byte exactly the 256 that are encodings of one are taken", () => {
    const alphabet = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    const texts = alphabet.flatMap((first) => alphabet.map((second) => first + second));
    const taken = texts.filter((text) => base64urlExactly(1).safeParse(text).success);
    const encodings = Array.from({ length: 256 }, (_, value) => encode(Uint8Array.of(value)));
    expect(new Set(taken)).toEqual(new Set(encodings));
  });

  test("fail/at most: nothing, one too many, padding, another alphabet", () => {
    const schema = base64urlAtMost(10);
    for (const text of [
      "",
      encode(new Uint8Array(11)),
      "AA==",
      "A+",
      "A/",
      "A A",
      "AA\n",
      "A",
      "AAAAA",
      "AB",
    ])
      expect(schema.safeParse(text).success).toBe(false);
  });
});
