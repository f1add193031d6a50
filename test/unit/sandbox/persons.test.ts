import { describe, expect, test } from "@jest/globals";
import { nextOf, persons } from "../../../sandbox/persons/persons.ts";
import { bornIn } from "../../../sandbox/persons/prepare.ts";
import { newResident } from "../../../simulators/j-lis/orders.ts";

describe("the cast", () => {
  test("ok/each has a name of their own, and another name in the register", () => {
    expect(new Set(persons.map(({ slug }) => slug)).size).toBe(persons.length);
    expect(new Set(persons.map(({ register }) => register.name)).size).toBe(persons.length);
  });

  test.each(persons)("ok/the town hall can register $slug", ({ slug, register }) => {
    const order = { card: slug, ...bornIn(register, new Date("2026-11-23T00:00:00Z")) };
    expect(newResident.safeParse(order)).toMatchObject({ success: true });
  });

  test("ok/the odd characters: beyond the basic plane, a variation selector, an address near the limit", () => {
    const odd = persons.find(({ slug }) => slug === "odd-characters");
    expect(odd?.register.name).toMatch(/[\u{20000}-\u{2FFFF}]/u);
    expect(odd?.register.name).toMatch(/\p{Variation_Selector}/u);
    expect(Array.from(odd?.register.address ?? "")).toHaveLength(189);
  });
});

test.each([
  [16, "2026-11-23", "2010-11-01"],
  [16, "2027-01-01", "2011-01-01"],
])("ok/%i years old on %s: born on %s", (yearsOld, today, born) => {
  const [somebody] = persons;
  const order = bornIn({ ...somebody!.register, yearsOld }, new Date(today));
  expect(order).toMatchObject({ dateOfBirth: born });
  expect(order).not.toHaveProperty("yearsOld");
});

test.each([
  ["a", "b"],
  ["c", "a"],
  ["somewhere else", "a"],
])("ok/after %s comes %s", (today, next) => {
  expect(nextOf(["a", "b", "c"], (option) => option === today)).toBe(next);
});

test("fail/no values to choose from", () => {
  expect(() => nextOf([], () => true)).toThrow("without values");
});
