import { describe, expect, test } from "@jest/globals";
import { array, assert, constantFrom, oneof, property, record, string } from "fast-check";
import { aligns } from "../../../pki/jpki/comparison/alignment.ts";
import { type ComparedAttributes, changedAttributes } from "../../../pki/jpki/comparison.ts";

/** Texts of what the rules look at, and of anything. */
const piece = oneof(
  constantFrom(
    ..."髙高𠮷吉靑青辻󠄀ヶケがノのーパﾊﾟ゛゜［］（）'’－-　 〇一二十百１２1丁目番地号条都郡市区上ル東入る".split(
      "",
    ),
  ),
  constantFrom("東京都", "港区", "奈良県", "磯城郡", "田原本町", "丁目", "番地の", "\u{200B}", "\u{FE00}"),
  string({ unit: "binary", maxLength: 3 }),
);
const text = array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));
const flags = array(constantFrom("0", "1"), { maxLength: 30 }).map((row) => row.join(""));
const date = oneof(constantFrom("319890000", "400000000", "419900415"), string({ maxLength: 10 }));
const attributes = record({
  name: text,
  nameSubstitution: flags,
  address: text,
  addressSubstitution: flags,
  dateOfBirth: date,
  sex: constantFrom("male", "female"),
});

describe("any two writings", () => {
  test("ok/equivalent writings are no change", () => {
    assert(
      property(attributes, (one) => {
        expect(changedAttributes(one, { ...one })).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("ok/the comparison is symmetric", () => {
    assert(
      property(attributes, attributes, (one, other) => {
        expect(changedAttributes(one, other)).toEqual(changedAttributes(other, one));
      }),
      { numRuns: 500 },
    );
  });

  test("ok/composed and decomposed characters are equal", () => {
    assert(
      property(attributes, ({ name, address, dateOfBirth, sex }) => {
        const written = (form: "NFC" | "NFD"): ComparedAttributes => ({
          dateOfBirth,
          sex,
          name: name.normalize(form),
          address: address.normalize(form),
        });
        expect(changedAttributes(written("NFC"), written("NFD"))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("ok/invisible characters are ignored at any position", () => {
    assert(
      property(array(constantFrom(..."山田花子髙ヶ１２番地".split("")), { maxLength: 12 }), (characters) => {
        const name = characters.join("");
        const sprinkled = characters.join("\u{200B}\u{E0101}");
        const someone = { name, address: name, dateOfBirth: "400000000", sex: "male" };
        expect(changedAttributes(someone, { ...someone, name: sprinkled, address: sprinkled })).toEqual([]);
      }),
    );
  });
});

describe("long and hostile texts", () => {
  const length = 20_000;
  test.each([
    "一",
    "百",
    "1",
    "1-",
    "ヶ",
    "番地の",
    " ",
    "ー",
    "［",
    "゛",
    "\u{301}",
    "\u{200B}",
    "𠮷",
    "東京都",
  ])("bad/twenty thousand of %j", (repeated) => {
    const long = repeated.repeat(length);
    const one = { name: long, address: long, dateOfBirth: long, sex: "male" };
    const other = { ...one, name: `${long}終`, address: `終${long}`, nameSubstitution: "1".repeat(length) };
    expect(changedAttributes(one, one)).toEqual([]);
    expect(changedAttributes(one, other)).toContain("address");
  });

  test("bad/the number of comparisons is bounded", () => {
    let comparisons = 0;
    const letters = (row: string) => Array.from(row, (text) => ({ text }));
    const judgement = {
      same: (one: { text: string }, other: { text: string }) => {
        comparisons += 1;
        return one.text === other.text;
      },
      isReading: ({ text }: { text: string }) => text === "カ",
      isUnwritten: ({ text }: { text: string }) => text === "■",
    };
    expect(aligns(letters("カ".repeat(512)), letters(`${"■".repeat(511)}終`), judgement)).toBe(false);
    expect(comparisons).toBeLessThanOrEqual(512 * 512);
    comparisons = 0;
    expect(aligns(letters("字".repeat(length)), letters("字".repeat(length)), judgement)).toBe(true);
    expect(comparisons).toBe(length);
  });
});
