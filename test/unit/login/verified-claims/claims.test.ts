import { describe, expect, test } from "@jest/globals";
import {
  addressSubstitution,
  birthdateOf,
  claimsOf,
  nameSubstitution,
} from "../../../../domain/login/verified-claims/claims.ts";
import { ask, type Element, held } from "./asking.ts";

const verification = { trust_framework: null };
const claims = (asked: object, attributes = held) =>
  (ask({ verification, claims: asked }, attributes).answer as Element | undefined)?.claims;

describe("IDA §5.3: requested claims", () => {
  test("ok/only the requested claims, by their OpenID names", () => {
    expect(claims({ birthdate: null, gender: {} })).toEqual({ birthdate: "1990-04-01", gender: "male" });
    expect(claims({ address: { essential: true } })).toEqual({ address: { formatted: held.address } });
  });

  test("ok/furigana is a separate claim: furigana and name are each given where requested", () => {
    const reading = "name#ja-Kana-JP";
    expect(claims({ name: null })).toEqual({ name: held.name });
    expect(claims({ [reading]: null })).toEqual({ [reading]: held.furigana });
    expect(claims({ name: null, [reading]: null })).toEqual({ name: held.name, [reading]: held.furigana });
  });

  test("ok/§5.7.2: a claim that we do not have is omitted, essential or not", () => {
    const unknown = { nationalities: { essential: true }, "ключ\n☃": null, constructor: null, gender: null };
    expect(claims(unknown)).toEqual({ gender: "male" });
    const pollution = JSON.parse('{"__proto__": null, "gender": null}') as object;
    expect(claims(pollution)).toEqual({ gender: "male" });
  });

  test("fail/§5.7.5: without any claim there is no element", () => {
    expect(claims({ nationalities: null })).toBeUndefined();
    expect(claims({ gender: null }, { ...held, sex: "unknown" })).toBeUndefined();
  });
});

describe("IDA §5.7.4: claims that do not match", () => {
  test.each<[string, Record<string, unknown>]>([
    ["value", { gender: { value: "male" } }],
    ["values", { gender: { values: ["female", "male"] } }],
    ["an object as value", { address: { value: { formatted: held.address } } }],
  ])("ok/%s that matches is given", (_how, asked) => {
    expect(Object.keys(claims(asked) ?? {})).toEqual(Object.keys(asked));
  });

  test.each<[string, object]>([
    ["value", { gender: { value: "female" } }],
    ["values", { gender: { values: ["female"] } }],
    ["another type", { gender: { value: 1 } }],
    ["null", { gender: { value: null } }],
    [
      "a random value of the conformance suite",
      { gender: { value: "0b6bd44e-8a9c-4d0a-9f1a-2c41c57e5c2b" } },
    ],
    ["a text for an object", { address: { value: held.address } }],
    ["max_age of what is no date", { gender: { max_age: 1e12 } }],
  ])("fail/%s that does not match omits the claim, not the others", (_how, asked) => {
    expect(claims(asked)).toBeUndefined();
    expect(claims({ ...asked, birthdate: null })).toEqual({ birthdate: "1990-04-01" });
  });

  test("ok/§5.5.2: max_age of a date counts from its last second", () => {
    const seconds = (from: string) => (Date.parse("2026-12-01T00:00:00Z") - Date.parse(from)) / 1_000;
    const age = seconds("1990-04-01T23:59:59+09:00");
    expect(claims({ birthdate: { max_age: age } })).toEqual({ birthdate: "1990-04-01" });
    expect(claims({ birthdate: { max_age: age - 1 } })).toBeUndefined();
    const yearOnly = { ...held, dateOfBirth: "419900000" };
    const yearsAge = seconds("1990-12-31T23:59:59+09:00");
    expect(claims({ birthdate: { max_age: yearsAge } }, yearOnly)).toEqual({ birthdate: "1990" });
    expect(claims({ birthdate: { max_age: yearsAge - 1 } }, yearOnly)).toBeUndefined();
  });
});

describe("IDA §5.6: several elements", () => {
  const other = { verification: { trust_framework: { value: "eidas" } }, claims: { name: null } };
  const male = { verification, claims: { gender: { value: "male" } } };

  test("ok/each element is answered by itself; what does not match is missing", () => {
    const female = { verification, claims: { gender: { value: "female" } } };
    const timed = { verification: { trust_framework: null, time: null }, claims: { gender: null } };
    expect(ask([other, male, female, timed]).answer).toEqual([
      { verification: expect.not.objectContaining({ time: expect.anything() }), claims: { gender: "male" } },
      { verification: expect.objectContaining({ time: expect.any(String) }), claims: { gender: "male" } },
    ]);
  });

  test("ok/a list is answered by a list, one by one; by nothing if nothing matches", () => {
    expect(ask([male]).answer).toHaveLength(1);
    expect(ask([other]).answer).toBeUndefined();
    expect(ask(other).answer).toBeUndefined();
  });
});

describe("substitution of characters", () => {
  const odd = { ...held, name: "吉田　太郎", nameSubstitution: "10000", addressSubstitution: "0001" };

  test("ok/a value with a substitute says so, as at the attribute endpoint", () => {
    expect(claims({ name: null, gender: null }, odd)).toEqual({
      name: "吉田　太郎",
      gender: "male",
      [nameSubstitution]: "10000",
    });
    expect(claims({ address: null }, odd)).toHaveProperty([addressSubstitution], "0001");
  });

  test("ok/a value without a substitute has no flags, unless they are requested", () => {
    expect(claims({ name: null, address: null })).toEqual({
      name: held.name,
      address: { formatted: held.address },
    });
    expect(claims({ [nameSubstitution]: null })).toEqual({ [nameSubstitution]: "00000" });
    expect(claims({ name: null, [nameSubstitution]: { value: "00000" } }, odd)).toEqual({ name: odd.name });
  });

  test("fail/no flags of a name that is not given", () => {
    expect(claims({ name: { value: "吉田　花子" }, gender: null }, odd)).toEqual({ gender: "male" });
    expect(claims({ "name#ja-Kana-JP": null }, odd)).toEqual({ "name#ja-Kana-JP": held.furigana });
  });
});

test.each([
  ["419900401", "1990-04-01"],
  ["419900000", "1990"],
  ["400000401", undefined],
  ["000000000", undefined],
])("ok/a date of birth %s is %s", (register, birthdate) => {
  expect(birthdateOf(register)).toBe(birthdate);
});

test("fail/no claim without a read attribute", () => {
  expect(claimsOf({ sex: "unknown" }, ["name", "gender", "birthdate", "address", nameSubstitution])).toEqual(
    {},
  );
});
