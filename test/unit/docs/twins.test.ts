import { describe, expect, test } from "@jest/globals";
import { type Block, codeBlocks, filesBelow, headings, isThere, links, tableRows } from "./markdown.ts";

/** A Japanese page says what its English twin says: as many headings, rows and links, and the same code. */

const japanese = filesBelow("", ".ja.md");
const twin = (page: string) => page.replace(/\.ja\.md$/, ".md");

/** Code without its comments, which are in the page's language; the labels of a picture are too. */
const sameInBoth = ({ language, code }: Block) => ({
  language,
  code: language === "mermaid" ? "" : code.replaceAll(/ *(?:^|\s)(?:#|\/\/) .*$/gm, "").trim(),
});
/** Without the end that names the language. */
const targets = (page: string) =>
  new Set(links(page).map(({ path }) => (path.endsWith(".ja.md") ? twin(path) : path)));

test("ok/there are twins", () => {
  expect(japanese).toContain("README.ja.md");
  expect(japanese.length).toBeGreaterThan(15);
});

describe.each(japanese)("%s", (page) => {
  const english = twin(page);

  test("ok/has the headings, rows and code of its twin", () => {
    expect(headings(page).map(({ level }) => level)).toEqual(headings(english).map(({ level }) => level));
    expect(tableRows(page)).toHaveLength(tableRows(english).length);
    expect(codeBlocks(page).map(sameInBoth)).toEqual(codeBlocks(english).map(sameInBoth));
  });

  test("ok/has the links of its twin, to Japanese pages where there are some", () => {
    expect([...targets(page)].toSorted()).toEqual([...targets(english)].toSorted());
    const others = links(page).filter(
      ({ path }) => path !== english && path.endsWith(".md") && !path.endsWith(".ja.md"),
    );
    expect(others.filter(({ path }) => isThere(path.replace(/\.md$/, ".ja.md")))).toEqual([]);
  });
});
