import { describe, expect, test } from "@jest/globals";
import { fillSubstitutes } from "../../../pki/jpki/substitutes.ts";

describe("filling in substitutes", () => {
  const rules = { same: (one: string, other: string): boolean => one === other, standsFor: () => true };
  const fill = (text: string, flags: string, learned: string, learnedFlags = "") =>
    fillSubstitutes({ text, flags }, { text: learned, flags: learnedFlags }, rules);

  test.each([
    ["one for one", "■田花", "100", "辻田花", "", { text: "辻田花", flags: "000" }],
    ["several for one", "タカ田花", "1100", "髙田花", "", { text: "髙田花", flags: "000" }],
    ["of two, the one that is known", "■田■", "101", "辻田■", "001", { text: "辻田■", flags: "001" }],
    ["under flags that are too short", "■田花", "1", "辻田花", "", { text: "辻田花", flags: "000" }],
    [
      "over a substitute of what is known",
      "■田花",
      "100",
      "辻デン花",
      "0110",
      { text: "辻田花", flags: "000" },
    ],
    ["a character beyond the basic plane", "■野", "10", "𠮷野", "00", { text: "𠮷野", flags: "00" }],
  ])("ok/%s", (_, text, flags, learned, learnedFlags, filled) => {
    expect(fill(text, flags, learned, learnedFlags)).toEqual(filled);
  });

  test.each([
    ["one for several", "■田花", "100", "山本田花"],
    ["another text", "■田花", "100", "辻村花"],
    ["no substitute", "辻田花", "000", "辻田花"],
    ["no flags", "辻田花", "", "辻田花"],
    ["one text that fits in two ways", "■■田■■", "11011", "一田田●", "0001"],
    ["nothing", "■", "1", ""],
  ])("bad/%s: stays as it is", (_, text, flags, learned, learnedFlags = "") => {
    expect(fill(text, flags, learned, learnedFlags)).toBeUndefined();
  });

  test("bad/a character without a substitute in the run is not filled in", () => {
    const standsFor = (substitute: string, character: string) => substitute === "■" && character !== "林";
    const filled = (text: string, flags: string, learned: string) =>
      fillSubstitutes({ text, flags }, { text: learned, flags: "" }, { ...rules, standsFor });
    expect(filled("■田", "10", "辻田")).toEqual({ text: "辻田", flags: "00" });
    expect(filled("タ■田", "110", "辻田")).toEqual({ text: "辻田", flags: "00" });
    expect(filled("■田", "10", "林田")).toBeUndefined();
    expect(filled("■■田", "110", "辻林田")).toBeUndefined();
    expect(filled("タ田", "10", "辻田")).toBeUndefined();
  });

  test("bad/comparisons are bounded for the costliest input, and none are made for a text too long for a certificate", () => {
    let asked = 0;
    const counted = (one: string, other: string): boolean => {
      asked += 1;
      return one === other;
    };
    const [given, flags] = ["■■字".repeat(66), "110".repeat(66)];
    fillSubstitutes(
      { text: given, flags },
      { text: "字".repeat(150), flags: "" },
      { ...rules, same: counted },
    );
    expect(asked).toBeLessThan(66 * 150);
    const long = { text: "■字".repeat(101), flags: "10".repeat(101) };
    const same = counted;
    expect(
      fillSubstitutes(long, { text: "字字".repeat(101), flags: "" }, { ...rules, same }),
    ).toBeUndefined();
    expect(asked).toBeLessThan(66 * 150);
  });
});
