import { describe, expect, test } from "@jest/globals";
import { displayText } from "../../../protocol/display-text.ts";

const fits = (text: string): boolean => displayText(40).safeParse(text).success;

describe("a text that a person decides by", () => {
  test.each([
    ["plain words", "Transfer to Sato"],
    ["Japanese", "佐藤　花子 様への振込"],
    ["a name with a variant character", "渡邉\u{e0100}"],
    ["markup, which stays text", "<b>¥1,000</b>"],
    ["an accent or two", "Zo\u00eb \u1ea4"],
  ])("ok/%s", (_what, text) => {
    expect(fits(text)).toBe(true);
  });

  test.each([
    ["an override of direction", "¥1\u202e000"],
    ["an isolate", "\u2066abc\u2069"],
    ["a mark of direction", "abc\u200f"],
    ["a space of no width", "¥1\u200b000"],
    ["a joiner", "a\u200db"],
    ["a soft hyphen", "pay\u00adment"],
    ["a byte order mark", "\ufeffabc"],
    ["a tag character", "a\u{e0041}"],
    ["a control", "a\u0007b"],
    ["a line break", "a\nb"],
    ["a separator of lines", "a\u2028b"],
    ["half a surrogate pair", "a\ud800b"],
    ["private use", "a\ue000"],
    ["what is not assigned", "a\u0378"],
    ["marks piled up", `a${"\u0301".repeat(4)}`],
    ["a form that is not composed", "e\u0301"],
    ["spaces around", " abc"],
    ["nothing", ""],
    ["blanks alone", "   "],
    ["more than fits", "x".repeat(41)],
    ["four megabytes", "x".repeat(4_000_000)],
  ])("fail/%s", (_what, text) => {
    expect(fits(text)).toBe(false);
  });
});
