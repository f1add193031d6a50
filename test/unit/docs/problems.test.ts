import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { type RefusalCode, refusals } from "../../../protocol/refusals.ts";

const page = new URL("../../../docs/problems.md", import.meta.url);

const cell = (text: string): string => text.replaceAll("|", "\\|");

function render(): string {
  const rows = Object.entries(refusals).map(([code, { status, what, next }]) => {
    const type = `urn:kazasu:problem:${(code as RefusalCode).toLowerCase().replaceAll("_", "-")}`;
    return `| \`${code}\` | ${status} | ${cell(what.en)} ${cell(next.en)} | ${cell(what.ja)}${cell(next.ja)} | \`${type}\` |`;
  });
  return [
    "# Problems",
    "",
    "Every refusal over HTTP is an RFC 9457 problem document with one of these types. Made from `protocol/refusals.ts`:",
    "`UPDATE_DOCS=1 npm test -- test/unit/docs` writes it anew.",
    "",
    "| code | status | English | 日本語 | type |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

test("ok/docs/problems.md says what protocol/refusals.ts says (UPDATE_DOCS=1 writes it anew)", async () => {
  const wanted = render();
  if (process.env["UPDATE_DOCS"] === "1") await writeFile(page, wanted);
  expect(await readFile(page, "utf8")).toBe(wanted);
});
