import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { acts } from "../../../sandbox/control/acts.ts";
import { persons } from "../../../sandbox/persons/persons.ts";
import { outcome } from "../../../sandbox/trial/outcomes.ts";

const read = (name: string) =>
  readFileSync(new URL(`../../../docs/reference/${name}`, import.meta.url), "utf8");
const english = read("sandbox.md");
const japanese = read("sandbox.ja.md");

test.each(persons)("ok/the pages have $slug as the cast has them", ({ slug, register, expect: promise }) => {
  expect(english).toContain(`| \`${slug}\` | ${register.name} | ${promise.en} | ${promise.ja} |`);
  expect(japanese).toContain(`| \`${slug}\` | ${register.name} | ${promise.ja} |`);
});

test.each([english, japanese])(
  "ok/each page has every act and outcome, and no person, act or outcome besides",
  (page) => {
    const documented = [...page.matchAll(/^\| `(?:POST|PUT) \/people\/PERSON\/([a-z-]+)`/gm)].map(
      ([, name]) => name,
    );
    expect(new Set(documented)).toEqual(new Set(acts.map(({ name }) => name)));
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, slug]) => slug);
    expect(rows.slice(0, -outcome.options.length)).toEqual(persons.map(({ slug }) => slug));
    expect(new Set(rows.slice(-outcome.options.length))).toEqual(new Set(outcome.options));
  },
);
