import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { type ComparedAttributes, changedAttributes } from "../../../pki/jpki/comparison.ts";

interface Case {
  id: string;
  attribute: "name" | "address" | "dateOfBirth";
  before: string;
  after: string;
  /** The substitution flags of both sides, where there are any. */
  flags?: { before: string; after: string };
  right: string[];
  why: string;
  source: string;
}

const cases: Case[] = JSON.parse(readFileSync(new URL("cases/register.json", import.meta.url), "utf8"));

const someone: ComparedAttributes = {
  name: "山田　花子",
  address: "東京都港区芝浦一丁目２番３号",
  dateOfBirth: "419900415",
  sex: "female",
};

function sideOf({ attribute, flags, ...texts }: Case, side: "before" | "after"): ComparedAttributes {
  return {
    ...someone,
    [attribute]: texts[side],
    ...(flags && attribute !== "dateOfBirth" ? { [`${attribute}Substitution`]: flags[side] } : {}),
  };
}

/** Each pair was worked out from the registers' own rules; `why` and `source` are in the file. */
describe.each(cases.map((one) => [one.id, one] as const))("%s", (_id, one) => {
  const [before, after] = [sideOf(one, "before"), sideOf(one, "after")];

  test(`${one.right.length > 0 ? "bad" : "ok"}/${one.why}`, () => {
    expect(changedAttributes(before, after)).toEqual(one.right);
  });

  test("ok/the same in reverse, and equal to itself", () => {
    expect(changedAttributes(after, before)).toEqual(one.right);
    expect(changedAttributes(before, before)).toEqual([]);
  });
});
