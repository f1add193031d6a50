import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { acts } from "../../../sandbox/control/acts.ts";
import { persons } from "../../../sandbox/persons/persons.ts";

const page = readFileSync(new URL("../../../docs/reference/sandbox.md", import.meta.url), "utf8");

test.each(persons)("ok/the page has $slug as the cast has them", ({ slug, register, expect: promise }) => {
  expect(page).toContain(`| \`${slug}\` | ${register.name} | ${promise.en} | ${promise.ja} |`);
});

test("ok/the page has every act, and no person or act besides", () => {
  const told = [...page.matchAll(/^\| `(?:POST|PUT) \/people\/PERSON\/([a-z-]+)`/gm)].map(([, name]) => name);
  expect(new Set(told)).toEqual(new Set(acts.map(({ name }) => name)));
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, slug]) => slug);
  expect(rows).toEqual(persons.map(({ slug }) => slug));
});
