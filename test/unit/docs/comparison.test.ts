import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { type ComparedAttributes, changedAttributes } from "../../../pki/jpki/comparison.ts";

/** The examples of docs/reference/comparison.md: one writing in the second column, two in the third. */
const page = readFileSync(new URL("../../../docs/reference/comparison.md", import.meta.url), "utf8");

type Attribute = "name" | "address" | "dateOfBirth";
const sections: Record<string, Attribute[]> = {
  "Letters, in names and addresses": ["name", "address"],
  Names: ["name"],
  Addresses: ["address"],
  "Dates of birth": ["dateOfBirth"],
};

const someone: ComparedAttributes = {
  name: "山田　花子",
  address: "東京都港区芝浦一丁目２番３号",
  dateOfBirth: "419900415",
  sex: "female",
};

/** `高*橋`: the character before `*` is a substitute. */
function withValue(attribute: Attribute, written: string): ComparedAttributes {
  const characters = [...written.matchAll(/(.)(\*?)/gsu)];
  const text = characters.map(([, character]) => character).join("");
  const flags = characters.map(([, , star]) => (star ? "1" : "0")).join("");
  return {
    ...someone,
    [attribute]: text,
    ...(flags.includes("1") ? { [`${attribute}Substitution`]: flags } : {}),
  };
}

const rows = Object.entries(sections).flatMap(([title, attributes]) => {
  const [, section = ""] = page.split(`## ${title}\n`);
  const lines = section
    .split("\n## ")[0]!
    .split("\n")
    .filter((line) => line.startsWith("| "));
  return lines.slice(2).map((line) => {
    const [rule = "", one = "", two = "", source = ""] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    const pairsOf = (cell: string) =>
      [...cell.matchAll(/`([^`]+) ⇄ ([^`]+)`/g)].map(([, a = "", b = ""]) => [a, b] as const);
    return { rule, attributes, source, one: pairsOf(one), two: pairsOf(two) };
  });
});

test("ok/every rule has an example and a source", () => {
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter(({ one, two, source }) => one.length + two.length === 0 || source === "")).toEqual([]);
});

describe.each(rows)("$rule", ({ attributes, one, two }) => {
  test.each(attributes)("ok/%s: its examples hold, both ways", (attribute) => {
    const judged = (pairs: (typeof one)[number][]) =>
      pairs.flatMap(([a, b]) => [
        [a, b, changedAttributes(withValue(attribute, a), withValue(attribute, b))],
        [b, a, changedAttributes(withValue(attribute, b), withValue(attribute, a))],
      ]);
    const both = (pairs: (typeof one)[number][], right: string[]) =>
      pairs.flatMap(([a, b]) => [
        [a, b, right],
        [b, a, right],
      ]);
    expect(judged(one)).toEqual(both(one, []));
    expect(judged(two)).toEqual(both(two, [attribute]));
  });
});
