import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import {
  attributesOf,
  type ClaimName,
  verifiableClaims,
} from "../../../../domain/login/verified-claims/claims.ts";
import { trustFramework } from "../../../../domain/login/verified-claims/offered.ts";
import { ask, type Element, held } from "./asking.ts";

const verification = { trust_framework: null };

/** The attributes in an answer. */
const inAnswer = (answer: Element | Element[] | undefined) =>
  attributesOf([answer ?? []].flat().flatMap(({ claims }) => Object.keys(claims) as ClaimName[]));

const constraint = fc.oneof(
  fc.constant(null),
  fc.record({ value: fc.constantFrom("male", "female", held.name, "1990-04-01", 7, null) }),
  fc.record({
    values: fc.array(fc.constantFrom("male", "1990", { formatted: held.address }), { minLength: 1 }),
  }),
  fc.record({ max_age: fc.constantFrom(0, 1e12), essential: fc.boolean() }),
);
const element = fc.record({
  verification: fc.record(
    {
      trust_framework: fc.oneof(
        fc.constant(null),
        fc.record({ value: fc.constantFrom(trustFramework, "eidas") }),
      ),
      time: fc.oneof(fc.constant(null), fc.record({ max_age: fc.constantFrom(0, 60, 1e9) })),
      evidence: fc.array(
        fc.record({
          type: fc.record({ value: fc.constantFrom("electronic_record", "document") }),
          record: fc.record({ type: constraint.filter((each) => !JSON.stringify(each).includes("7")) }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: [] },
  ),
  claims: fc.dictionary(fc.constantFrom(...verifiableClaims, "nationalities", "toString"), constraint, {
    minKeys: 1,
  }),
});

describe("what the person is shown", () => {
  test("ok/for any request: nothing is returned, or compared, that was not shown", () => {
    fc.assert(
      fc.property(fc.oneof(element, fc.array(element, { minLength: 1, maxLength: 3 })), (request) => {
        const { answer, disclosed, reads } = ask(request);
        expect(reads).toEqual(expect.arrayContaining(disclosed));
        expect(disclosed).toEqual(expect.arrayContaining(inAnswer(answer)));
      }),
      { numRuns: 2_000 },
    );
  });

  test("ok/everything that was shown is returned, if consent and register have it and nothing is restricted", () => {
    const names = fc.uniqueArray(fc.constantFrom(...verifiableClaims), { minLength: 1 });
    fc.assert(
      fc.property(names, (claims) => {
        const request = { verification, claims: Object.fromEntries(claims.map((claim) => [claim, null])) };
        const { answer, disclosed, reads } = ask(request);
        expect(inAnswer(answer)).toEqual(reads);
        expect(disclosed).toEqual(reads);
      }),
    );
  });

  test.each<[string, unknown]>([
    [
      "under another trust framework",
      { verification: { trust_framework: { value: "eidas" } }, claims: { name: null } },
    ],
    [
      "with other evidence",
      { verification: { evidence: [{ type: { value: "vouch" } }] }, claims: { name: null } },
    ],
    ["of values that no person has", { verification, claims: { gender: { values: ["x", 1] } } }],
    ["of claims that we do not have", { verification, claims: { nationalities: null } }],
    ["that is malformed", { claims: { name: null } }],
    ["that is missing", undefined],
  ])("ok/nothing, of a request %s", (_what, request) => {
    expect(ask(request)).toEqual({ answer: undefined, disclosed: [], reads: [] });
  });

  test("ok/only the elements that can be answered", () => {
    const other = { verification: { trust_framework: { value: "eidas" } }, claims: { address: null } };
    expect(ask([other, { verification, claims: { name: null } }]).reads).toEqual(["name"]);
  });
});

describe("what a restriction tells", () => {
  test("ok/a comparison counts as disclosed, whether the value matches or not", () => {
    for (const value of ["male", "female"])
      expect(ask({ verification, claims: { gender: { value } } }).disclosed).toEqual(["sex"]);
  });

  test("bad/values outside the consent are compared with nothing: right and wrong guesses have one answer", () => {
    const outside = { gender: "male" };
    for (const value of ["male", "female"]) {
      const request = { verification, claims: { gender: { value }, birthdate: null } };
      const { sex: _sex, ...covered } = held;
      expect(ask(request, covered)).toMatchObject({
        answer: { claims: { birthdate: "1990-04-01" } },
        disclosed: ["dateOfBirth"],
      });
      expect((ask(request, covered).answer as Element).claims).not.toMatchObject(outside);
      expect(ask(request, {})).toMatchObject({ answer: undefined, disclosed: [] });
    }
  });

  test("bad/nothing is compared if the verification does not meet the request", () => {
    const old = { trust_framework: null, time: { max_age: 60 } };
    const { disclosed, answer } = ask({
      verification: old,
      claims: { gender: { value: "male" }, name: null },
    });
    expect({ disclosed, answer }).toEqual({ disclosed: [], answer: undefined });
  });
});
