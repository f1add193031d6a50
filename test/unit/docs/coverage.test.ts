import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

const page = readFileSync(new URL("../../../docs/reference/coverage.md", import.meta.url), "utf8");
const shown = [...page.matchAll(/\]\(\.\.\/\.\.\/(test\/[^)]+)\)(?:: `([^`]+)`)?/g)];

test("ok/the page names tests", () => {
  expect(shown.length).toBeGreaterThan(30);
});

test.each(shown.map(([, file = "", title = ""]) => [file, title]))("ok/%s has %s", (file, title) => {
  const source = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
  expect(source).toContain(title);
});
