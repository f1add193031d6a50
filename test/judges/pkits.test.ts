import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { readCases } from "./pkits/cases.ts";
import { exceptions } from "./pkits/exceptions.ts";
import { judge } from "./pkits/judging.ts";
import { page } from "./pkits/results.ts";

/** The whole of NIST PKITS, sections 4.1 to 4.16. */

const data = process.env.KAZASU_PKITS;
if (data === undefined) throw new Error("KAZASU_PKITS is not set: `npm run test:judges -- pkits` sets it.");

const results = new URL("pkits/results.md", import.meta.url);
const judged = readCases().map((asked) => ({ asked, ours: judge(data, asked) }));

describe("NIST PKITS", () => {
  test.each(judged.map((one) => [`${one.asked.id} ${one.asked.name}`, one] as const))("%s", (_, one) => {
    const { asked, ours } = one;
    if (!Object.hasOwn(exceptions, asked.id)) expect(ours.verdict).toEqual(asked.right);
    // An exception that has become right is none any more, and none may accept what is invalid.
    else expect([asked.right.valid, ours.verdict.valid]).toEqual([true, false]);
  });

  test("every section is whole, and every exception is a case", () => {
    const count = (section: string) =>
      new Set(
        judged
          .map(({ asked }) => asked.id.split(".").slice(0, 3).join("."))
          .filter((id) => id.startsWith(`4.${section}.`)),
      ).size;
    const sizes = Array.from({ length: 16 }, (_, index) => count(String(index + 1)));
    expect(sizes).toEqual([6, 8, 11, 21, 8, 17, 5, 20, 8, 14, 11, 10, 38, 35, 10, 2]);
    const ids = judged.map(({ asked }) => asked.id);
    expect(Object.keys(exceptions).filter((id) => !ids.includes(id))).toEqual([]);
  });

  test("the page of results is this one", () => {
    const made = page(judged);
    if (process.env.KAZASU_WRITE) writeFileSync(results, made);
    expect(readFileSync(results, "utf8")).toBe(made);
  });
});
