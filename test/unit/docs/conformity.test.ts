import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { rules } from "../../../pki/ca/lint/rules.ts";
import { type Clause, clauses } from "./clauses.ts";

const page = new URL("../../../docs/reference/conformity.md", import.meta.url);

const state = ({ by }: Clause): string => {
  if (Array.isArray(by)) return "covered";
  return "gap" in by ? "**gap**" : "outside";
};
const shown = ({ by }: Clause): string => {
  if (!Array.isArray(by)) return "gap" in by ? by.gap : by.outside;
  return by
    .map(([file, title]) => `[${file}](../../test/${file}): \`${title.replace(/\/$/, "/…")}\``)
    .join("<br>");
};
const table = (rows: readonly Clause[]): string =>
  ["| clause | asks | state | shown by |", "| --- | --- | --- | --- |"]
    .concat(
      rows.map((clause) => `| ${clause.clause} | ${clause.asks} | ${state(clause)} | ${shown(clause)} |`),
    )
    .join("\n");

const rendered = `# Conformity

Clause by clause: what is covered and which test shows it, what is missing, and what no program can cover. Made from
\`test/unit/docs/clauses.ts\`, and held to the tests it names. What a clause asks is put in our words; "recalled" marks a reading that
was not checked against the text of the rule. Nobody has audited this.

## The Electronic Signatures Act and the JPKI Act

${table(clauses.law)}

## ETSI EN 319 411-1

${table(clauses.etsi)}

## RFCs

${table(clauses.rfc)}

## Rules every certificate is held to before it is signed

Each has an id for ever, a source, and a test with a certificate that breaks it ([unit/ca/lint.test.ts](../../test/unit/ca/lint.test.ts)).

| rule | source |
| --- | --- |
${rules.map(({ id, source }) => `| \`${id}\` | ${source} |`).join("\n")}
`;

test("ok/the page is what the clauses say (UPDATE_DOCS=1 writes it anew)", () => {
  if (process.env["UPDATE_DOCS"]) writeFileSync(page, rendered);
  expect(readFileSync(page, "utf8")).toBe(rendered);
});

const named = Object.values(clauses)
  .flat()
  .flatMap(({ clause, by }) =>
    Array.isArray(by) ? by.map(([file, title]) => ({ clause, file, title })) : [],
  );

test.each(named)("ok/$clause: $file has it", ({ file, title }) => {
  expect(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")).toContain(title);
});

test("ok/no clause is claimed twice, and each asks something", () => {
  const all = Object.values(clauses).flat();
  expect(new Set(all.map(({ clause }) => clause)).size).toBe(all.length);
  for (const { asks } of all) expect(asks.length).toBeGreaterThan(10);
});
