import { expect, test } from "@jest/globals";
import { filesBelow, headings, links, tableRows } from "./markdown.ts";

/** docs/README.md lists every page once, with its kind, its readers and its Japanese twin. */

const index = "docs/README.md";
const kinds = ["start", "tutorial", "how-to", "reference", "explanation"];
const readers = ["operators", "app developers", "party developers", "contributors", "auditors", "everybody"];
/** Kept by themselves: what is made from the code, decisions and samples, which docs/README.md links as folders. */
const folders = ["docs/decisions/", "docs/interop/", "docs/reference/api/"];

const rows = tableRows(index)
  .slice(2)
  .map((row) => {
    const [page = "", kind = "", readBy = "", japanese = ""] = row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    const linked = (cell: string) => /\]\(([^)]+)\)/.exec(cell)?.[1] ?? "";
    return { page: `docs/${linked(page)}`, kind, readBy: readBy.split(", "), japanese: linked(japanese) };
  });

const pages = filesBelow("docs", ".md").filter(
  (page) => page !== index && !folders.some((folder) => page.startsWith(folder)),
);
const isJapanese = (page: string) => page.endsWith(".ja.md");

test("ok/each page is in the table once", () => {
  expect(rows.map(({ page }) => page).toSorted()).toEqual(
    pages.filter((page) => !isJapanese(page)).toSorted(),
  );
});

test("ok/each Japanese page is beside its English one", () => {
  const twins = rows.filter(({ japanese }) => japanese !== "");
  for (const { page, japanese } of twins) expect(`docs/${japanese}`).toBe(page.replace(/\.md$/, ".ja.md"));
  expect(twins.map(({ japanese }) => `docs/${japanese}`).toSorted()).toEqual(
    pages.filter(isJapanese).toSorted(),
  );
});

test.each(rows)("ok/$page is of one kind and has readers", ({ page, kind, readBy }) => {
  const folder = page.split("/").length > 2 ? page.split("/")[1]! : "explanation";
  expect(kinds).toContain(kind);
  expect(kind).toBe(folder);
  expect(readBy.filter((reader) => !readers.includes(reader))).toEqual([]);
  expect(headings(page).filter(({ level }) => level === 1)).toHaveLength(1);
});

test("ok/what a party's developer reads is there in Japanese", () => {
  const theirs = rows.filter(({ readBy }) =>
    readBy.some((reader) => /^(party developers|everybody)$/.test(reader)),
  );
  expect(theirs.length).toBeGreaterThan(10);
  expect(theirs.filter(({ japanese }) => japanese === "")).toEqual([]);
});

test("ok/each start page is linked from the front door and the index", () => {
  const starts = pages.filter((page) => page.startsWith("docs/start/") && !isJapanese(page));
  expect(starts).toHaveLength(4);
  for (const page of ["README.md", index])
    expect(links(page).map(({ path }) => path)).toEqual(expect.arrayContaining(starts));
});
