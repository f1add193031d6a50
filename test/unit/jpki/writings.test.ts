import { describe, expect, test } from "@jest/globals";
import {
  additionsTo,
  differsFromAny,
  runsOf,
  saysLess,
  toBePressed,
  type Writing,
} from "../../../pki/jpki/writings.ts";
import { before, withSome } from "./known-writing.ts";

describe("changes that need the person's answer", () => {
  test.each<[string, Partial<Writing>, Partial<Writing>, string[]]>([
    ["another surname", {}, { name: "佐藤　美咲" }, ["name"]],
    ["a month and a day that were unknown", { dateOfBirth: "419900000" }, {}, ["dateOfBirth"]],
    ["a day that was unknown", { dateOfBirth: "419900400" }, {}, ["dateOfBirth"]],
    ["all of a date that was unknown", { dateOfBirth: "000000000" }, {}, ["dateOfBirth"]],
    ["one part for another", { dateOfBirth: "419900015" }, { dateOfBirth: "419900400" }, ["dateOfBirth"]],
    ["other furigana", { furigana: "タカサキ　ミサキ" }, { furigana: "コウザキ　ミサキ" }, ["name"]],
    [
      "a kanji in place of a mark that a certificate could have written",
      { name: "■﨑　美咲", nameSubstitution: "10000" },
      { name: "林﨑　美咲" },
      ["name"],
    ],
    [
      "the same in an address",
      { address: "奈良県■城市", addressSubstitution: "000100" },
      { address: "奈良県葛城市" },
      ["address"],
    ],
    // Whatever else is written in another way beside it.
    [
      "the same where the numbers are written in another way",
      { address: "奈良県■城市新庄一丁目２番地", addressSubstitution: "000100" },
      { address: "奈良県葛城市新庄１－２" },
      ["address"],
    ],
    [
      "the same where the prefecture is left out",
      { address: "奈良県■城市新庄１", addressSubstitution: "000100" },
      { address: "奈良県葛城市新庄　１" },
      ["address"],
    ],
    [
      "the same beside a former surname that is shown from now on",
      { name: "■　美咲", nameSubstitution: "1000" },
      { name: "林［佐藤］　美咲" },
      ["name"],
    ],
    [
      "the same in place of a mark in a former surname",
      { name: "林［■］　美咲", nameSubstitution: "00100000" },
      { name: "林［森］　　美咲" },
      ["name"],
    ],
    [
      "the same with a variation selector",
      { name: "■　美咲", nameSubstitution: "1000" },
      { name: "林\u{E0100}　美咲" },
      ["name"],
    ],
    [
      "the same beside kana of another width",
      { name: "■　パク", nameSubstitution: "1000" },
      { name: "林　ﾊﾟｸ" },
      ["name"],
    ],
    [
      "the same where it is ambiguous which mark it was",
      { name: "■■田■■　美咲", nameSubstitution: "11011000" },
      { name: "𠮷林田林𠮷　美咲" },
      ["name"],
    ],
    [
      "all, in one order",
      { sex: "unknown" },
      { name: "佐藤　美咲", address: "奈良県橿原市" },
      ["name", "address", "sex"],
    ],
  ])("ok/%s", (_, from, to, attributes) => {
    expect(toBePressed(withSome(from), withSome(to))).toEqual(attributes);
  });

  test.each<[string, Partial<Writing>, Partial<Writing>]>([
    ["the same", {}, {}],
    ["a date that loses parts", {}, { dateOfBirth: "419900000" }],
    ["an era that was unknown", { dateOfBirth: "019900415" }, {}],
    ["furigana where there was none", {}, { furigana: "タカサキ　ミサキ" }],
    ["furigana that is not there any more", { furigana: "タカサキ　ミサキ" }, {}],
    ["furigana written in another way", { furigana: "ﾀｶｻｷ ﾐｻｷ" }, { furigana: "たかさき　みさき" }],
    ["a character in place of a substitute", { name: "■﨑　美咲", nameSubstitution: "10000" }, {}],
    [
      "a character that no certificate can write, beside a former surname",
      { name: "■　美咲", nameSubstitution: "1000" },
      { name: "𠮷［佐藤］　美咲" },
    ],
    [
      "a mark in place of a kanji that a certificate can write, beside a former surname",
      { name: "林［佐藤］　美咲" },
      { name: "■　美咲", nameSubstitution: "1000" },
    ],
    [
      "another mark for it, where the numbers are written in another way",
      { address: "奈良県■城市新庄一丁目２番地", addressSubstitution: "000100" },
      { address: "奈良県〓城市新庄１－２", addressSubstitution: "000100" },
    ],
  ])("bad/not %s", (_, from, to) => {
    expect(toBePressed(withSome(from), withSome(to))).toEqual([]);
  });
});

describe("what a later writing adds to an earlier one", () => {
  const all = ["name", "address", "dateOfBirth", "sex"] as const;

  test("ok/furigana, and the characters in place of substitutes; the rest stays as it was written", () => {
    const given = withSome({ name: "■崎　美咲", nameSubstitution: "10000" });
    expect(additionsTo(given, withSome({ furigana: "タカサキ　ミサキ" }), all)).toEqual({
      name: "髙崎　美咲",
      nameSubstitution: "00000",
      furigana: "タカサキ　ミサキ",
    });
  });

  test("ok/a character of the address, and what is still a substitute stays one", () => {
    const given = withSome({ address: "奈良県■城市■町", addressSubstitution: "00010010" });
    const learned = withSome({ address: "奈良県𠮷城市■町", addressSubstitution: "00000010" });
    expect(additionsTo(given, learned, all)).toEqual({
      address: "奈良県𠮷城市■町",
      addressSubstitution: "00000010",
    });
    expect(additionsTo(given, learned, ["name"])).toEqual({});
  });

  test.each<[string, [string, string], string, [string, string]]>([
    [
      "a variation selector behind it",
      ["■　美咲", "1000"],
      "𠮷\u{E0101}　美咲",
      ["𠮷\u{E0101}　美咲", "00000"],
    ],
    [
      "another one elsewhere",
      ["■辻\u{E0100}　美咲", "100000"],
      "𠮷辻　美咲",
      ["𠮷辻\u{E0100}　美咲", "000000"],
    ],
    ["half-width kana beside it", ["■　パク", "1000"], "𠮷　ﾊﾟｸ", ["𠮷　パク", "0000"]],
    ["decomposed kana beside it", ["■　ハ\u{309A}ク", "10000"], "𠮷　パク", ["𠮷　ハ\u{309A}ク", "00000"]],
    ["kana of two code points that stood for it", ["ﾖｼﾞ　美咲", "111000"], "𠮷　美咲", ["𠮷　美咲", "0000"]],
  ])(
    "ok/the kanji in place of a substitute, with %s",
    (_, [name, nameSubstitution], later, [text, flags]) => {
      expect(additionsTo(withSome({ name, nameSubstitution }), withSome({ name: later }), all)).toEqual({
        name: text,
        nameSubstitution: flags,
      });
    },
  );

  test("bad/a kanji that a certificate can write is none that it cannot for its variation selector, or its compatibility form", () => {
    const given = withSome({ name: "■　美咲", nameSubstitution: "1000" });
    for (const name of ["林\u{E0100}　美咲", "\u{FA19}　美咲"])
      expect(additionsTo(given, withSome({ name }), all)).toEqual({});
  });

  test.each<[string, Partial<Writing>, Partial<Writing>]>([
    ["the same", {}, {}],
    ["another way to write what is no substitute", {}, { name: "高崎 美咲" }],
    ["a whole date", { dateOfBirth: "419900000" }, {}],
    ["other furigana than there is", { furigana: "タカサキ　ミサキ" }, { furigana: "コウザキ　ミサキ" }],
    [
      "a substitute in place of another",
      { name: "■﨑　美咲", nameSubstitution: "10000" },
      { name: "●﨑　美咲", nameSubstitution: "10000" },
    ],
    ["a substitute in place of a character", {}, { name: "■﨑　美咲", nameSubstitution: "10000" }],
    [
      "a kanji that a certificate can write",
      { name: "■﨑　美咲", nameSubstitution: "10000" },
      { name: "林﨑　美咲" },
    ],
    [
      "kanji of which a certificate can write one",
      { name: "■■　美咲", nameSubstitution: "11000" },
      { name: "髙崎　美咲" },
    ],
    [
      "a kanji that a certificate can write, in an address",
      { address: "奈良県■城市", addressSubstitution: "000100" },
      { address: "奈良県葛城市" },
    ],
  ])("bad/nothing is added by %s", (_, from, to) => {
    expect(additionsTo(withSome(from), withSome(to), all)).toEqual({});
  });
});

describe("a less exact writing", () => {
  const substituted = withSome({ name: "■﨑　美咲", nameSubstitution: "10000" });

  test("ok/a substitute where the character is known, a part of a date unknown that is known", () => {
    expect(saysLess("name", before, substituted)).toBe(true);
    expect(saysLess("dateOfBirth", before, withSome({ dateOfBirth: "419900400" }))).toBe(true);
  });

  test("ok/the same where the rest is written in another way", () => {
    const named = withSome({ name: "林［佐藤］　美咲" });
    expect(saysLess("name", named, withSome({ name: "■　美咲", nameSubstitution: "1000" }))).toBe(true);
    const [address, addressSubstitution] = ["奈良県■城市新庄一丁目２番地", "00010000000000"];
    const placed = withSome({ address: "奈良県葛城市新庄１－２" });
    expect(saysLess("address", placed, withSome({ address, addressSubstitution }))).toBe(true);
    expect(saysLess("address", withSome({ address, addressSubstitution }), placed)).toBe(false);
    const other = withSome({ address: "奈良県葛城市■庄１－２", addressSubstitution: "000000100000" });
    expect(saysLess("address", other, withSome({ address, addressSubstitution }))).toBe(false);
  });

  test("bad/not where it is more exact, equal, or exact in another place", () => {
    expect(saysLess("name", substituted, before)).toBe(false);
    expect(saysLess("name", before, before)).toBe(false);
    expect(saysLess("name", substituted, withSome({ name: "髙■　美咲", nameSubstitution: "01000" }))).toBe(
      false,
    );
    expect(saysLess("address", before, withSome({ address: "東京都港区芝浦1丁目2番3号" }))).toBe(false);
    expect(saysLess("dateOfBirth", withSome({ dateOfBirth: "419900000" }), before)).toBe(false);
    expect(saysLess("sex", before, withSome({ sex: "unknown" }))).toBe(false);
  });
});

describe("runs of writings within which nothing has changed", () => {
  const named = (name: string, nameSubstitution = "") => withSome({ name, nameSubstitution });
  const hidden = named("■　花子", "1000");

  test("ok/a substitute between two names belongs to the first, and the second is a change", () => {
    const writings = [named("𠮷　花子"), hidden, named("髙　花子"), hidden, named("髙　花子")];
    expect(runsOf("name", writings)).toEqual([0, 0, 1, 1, 1]);
    expect(runsOf("sex", writings)).toEqual([0, 0, 0, 0, 0]);
  });

  test("ok/a name that returns begins a new run", () => {
    expect(runsOf("name", [named("辻　花子"), named("佐藤　花子"), named("辻　花子")])).toEqual([0, 1, 2]);
  });

  test("ok/a repeated writing is a change from those between, where they differ from it", () => {
    expect(differsFromAny("name", [named("髙　花子"), hidden], named("髙　花子"))).toBe(false);
    expect(differsFromAny("name", [hidden, named("髙　花子")], named("𠮷　花子"))).toBe(true);
    expect(differsFromAny("name", [], hidden)).toBe(false);
  });
});
