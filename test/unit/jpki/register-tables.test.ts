import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import {
  areForms,
  certificateKanji,
  isOutside,
  neighboursOf,
} from "../../../pki/jpki/comparison/repertoire.ts";

/** The script that makes the tables: what it says of them is their header. */
const { fileOf, headers, sources } = (await import(
  new URL("../../../bin/register-tables.mjs", import.meta.url).href
)) as {
  fileOf: (name: string, body: string) => string;
  headers: Record<string, string[]>;
  sources: Record<string, { package: string; version: string; sha256: string }>;
};
const folder = new URL("../../../pki/jpki/comparison/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const bodyOf = (file: string): string => file.replace(/^(?:#.*\n)+/, "");

describe.each(["kanji.txt", "municipalities.txt"])("%s", (name) => {
  test("ok/is as the script made it", () => {
    expect(read(name)).toBe(fileOf(name, bodyOf(read(name))));
  });

  test("bad/differs from an edited one", () => {
    const edited = read(name).replace(bodyOf(read(name)), `${bodyOf(read(name))}山\n`);
    expect(edited).not.toBe(fileOf(name, bodyOf(edited)));
  });

  test("ok/names its sources, and ATTRIBUTION.md does too", () => {
    const named = Object.values(sources).filter(({ sha256 }) => headers[name]?.join("\n").includes(sha256));
    expect(named.length).toBeGreaterThan(0);
    for (const { package: source, version } of named)
      expect(read("ATTRIBUTION.md")).toContain(`\`${source}\` ${version}`);
  });
});

test("ok/the share-alike licence is above what it covers", () => {
  expect(headers["kanji.txt"]?.join("\n")).toMatch(/CC BY-SA 2\.1 JP/);
  expect(read("ATTRIBUTION.md")).toMatch(/CC BY-SA 2\.1 JP/);
});

describe("the repertoire", () => {
  test("ok/has the kanji of JIS X 0208 and X 0212, and 仝", () => {
    expect(certificateKanji.size).toBe(6355 + 5801 + 1);
  });

  test.each(["辻", "渡", "邊", "邉", "濵", "桒", "々", "〇", "ヶ", "A", "é", "한"])(
    "ok/%s is inside",
    (character) => {
      expect(isOutside(character)).toBe(false);
    },
  );

  test.each(["髙", "﨑", "𠮷", "靑", "\u{E000}", "\u{1B002}"])("ok/%s is outside", (character) => {
    expect(isOutside(character)).toBe(true);
  });

  test("ok/the table leads from outside to inside, one hop", () => {
    expect(neighboursOf("靑")).toEqual(["青"]);
    expect(neighboursOf("夀").toSorted()).toEqual(["壽", "寿"]);
    expect(neighboursOf("渡")).toEqual([]);
    const lines = read("kanji.txt").split("\n");
    const outside = lines
      .slice(lines.indexOf("[outside]") + 1, lines.indexOf("[forms]"))
      .map((line) => Array.from(line));
    expect(outside.length).toBeGreaterThan(4_000);
    expect(
      outside.filter(([inside = "", ...others]) => isOutside(inside) || !others.every(isOutside)),
    ).toEqual([]);
  });

  test("ok/old and new forms are joined both ways", () => {
    expect([areForms("檜", "桧"), areForms("桧", "檜"), areForms("檜", "檜山")]).toEqual([true, true, false]);
  });
});
