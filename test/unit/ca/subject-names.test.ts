import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { attribute } from "../../../pki/ca/profiles/attribute.ts";
import { subjectOf } from "../../../pki/ca/profiles/subject.ts";
import { hanako, pseudonym } from "./issuing.ts";

const seen: { id: string; name: string }[] = JSON.parse(
  readFileSync(new URL("subject-names.json", import.meta.url), "utf8"),
);

const partsOf = (name: string) =>
  Object.fromEntries(subjectOf(attribute, pseudonym, { ...hanako, name })) as Record<string, string>;

describe("surname and givenName are stated only where they are known", () => {
  test.each([
    ...seen.map(({ name }) => name),
    "山田［佐藤　花子",
    "山田］　花子",
    "［佐藤］　花子",
    "山田　花子（佐藤）",
    "山田【佐藤】　花子",
    "(山田)　花子",
    // Other signs that set a second name beside the first.
    "山田＜佐藤＞　花子",
    "山田<佐藤>　花子",
    "山田«佐藤»　花子",
    "山田“佐藤”　花子",
    "山田〝佐藤〟　花子",
    "山田／佐藤　花子",
    "山田　花子/マリア",
    "山田花子",
    "KIM MINSU",
    "KIM MINSU　太郎",
    "山田　花 子",
    "ＳＭＩＴＨ　ＪＯＨＮ　ＭＩＣＨＡＥＬ",
    "山田　　花子",
    "　花子",
    "山田　",
    "山田　\u{200B}",
    "山田　・",
  ])("bad/%j has no parts, and the certificate has the pseudonym instead", (name) => {
    expect(partsOf(name)).toEqual({ commonName: name, pseudonym, serialNumber: pseudonym });
  });

  test.each([
    ["山田　花子", "山田", "花子"],
    ["ＫＩＭ　ＭＩＮＳＵ", "ＫＩＭ", "ＭＩＮＳＵ"],
    ["O'BRIEN　ANNE-MARIE", "O'BRIEN", "ANNE-MARIE"],
    ["Ｏ’ＢＲＩＥＮ　ＡＮＮＥ‐ＭＡＲＩＥ", "Ｏ’ＢＲＩＥＮ", "ＡＮＮＥ‐ＭＡＲＩＥ"],
    ["ロペス・ガルシア　マリア", "ロペス・ガルシア", "マリア"],
    ["辻\u{E0100}　〆子", "辻\u{E0100}", "〆子"],
  ])("ok/%j has two", (name, surname, givenName) => {
    expect(partsOf(name)).toEqual({ commonName: name, surname, givenName, serialNumber: pseudonym });
  });
});
