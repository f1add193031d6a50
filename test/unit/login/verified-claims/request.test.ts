import { describe, expect, test } from "@jest/globals";
import { readRequest } from "../../../../domain/login/verified-claims/request.ts";

const verification = { trust_framework: null };
const claims = { name: null };
const evidence = (entry: unknown) => ({ verification: { ...verification, evidence: [entry] }, claims });
const many = <T>(count: number, each: T): T[] => Array.from({ length: count }, () => each);
const deep = (depth: number): unknown => (depth === 0 ? null : { deeper: deep(depth - 1) });

describe("a malformed verified_claims request", () => {
  test.each<[string, unknown, string]>([
    ["null", null, ""],
    ["a text", "name", ""],
    ["an empty list", [], ""],
    ["a list of other things", [null], "[0]"],
    ["no verification", { claims }, ".verification"],
    ["no claims", { verification }, ".claims"],
    ["claims: null", { verification, claims: null }, ".claims"],
    ["empty claims", { verification, claims: {} }, ".claims"],
    ["claims in a list", { verification, claims: ["name"] }, ".claims"],
    ["a claim that is a text", { verification, claims: { name: "x" } }, ".claims.(member)"],
    ["verification: null", { verification: null, claims }, ".verification"],
    [
      "essential of another type",
      { verification, claims: { name: { essential: 1 } } },
      ".claims.(member).essential",
    ],
    ["no values in values", { verification, claims: { name: { values: [] } } }, ".claims.(member).values"],
    [
      "values that is no list",
      { verification, claims: { name: { values: "x" } } },
      ".claims.(member).values",
    ],
    [
      "trust_framework as a text",
      { verification: { trust_framework: "x" }, claims },
      ".verification.trust_framework",
    ],
    [
      "a value that is no text",
      { verification: { trust_framework: { value: 1 } }, claims },
      ".verification.trust_framework.value",
    ],
    ["a negative max_age", { verification: { time: { max_age: -1 } }, claims }, ".verification.time.max_age"],
    [
      "max_age as a text",
      { verification: { time: { max_age: "60" } }, claims },
      ".verification.time.max_age",
    ],
    ["evidence: null", { verification: { evidence: null }, claims }, ".verification.evidence"],
    ["no evidence in evidence", { verification: { evidence: [] }, claims }, ".verification.evidence"],
    ["evidence without type (§5.4)", evidence({}), ".verification.evidence[0].type"],
    ["evidence with type: null (§5.4)", evidence({ type: null }), ".verification.evidence[0].type"],
    ["evidence type without value (§5.4)", evidence({ type: {} }), ".verification.evidence[0].type.value"],
    [
      "evidence type with values (§5.4)",
      evidence({ type: { value: "vouch", values: ["vouch"] } }),
      ".verification.evidence[0].type.values",
    ],
    [
      "record: null",
      evidence({ type: { value: "electronic_record" }, record: null }),
      ".verification.evidence[0].record",
    ],
  ])("bad/%s: the fault names the place", (_what, request, place) => {
    const read = readRequest(request);
    expect(read).toMatchObject({ ok: false });
    expect((read as { fault: string }).fault).toMatch(
      new RegExp(`^${place.replaceAll(/[.[\]()]/g, "\\$&")} (is|names) `),
    );
  });

  test.each<[string, unknown]>([
    ["a list of nine", many(9, { verification, claims })],
    [
      "nine entries of evidence",
      { verification: { evidence: many(9, { type: { value: "vouch" } }) }, claims },
    ],
    ["17 values", { verification, claims: { name: { values: many(17, "x") } } }],
    ["13 levels", { verification: { ...verification, deep: deep(13) }, claims }],
    ["30,000 levels", JSON.parse(`${'{"a":'.repeat(30_000)}1${"}".repeat(30_000)}`)],
    ["1,000 claims", { verification, claims: Object.fromEntries(many(1_000, 0).map((_, at) => [at, null])) }],
    ["a value of 9,000 characters", { verification, claims: { name: { value: "x".repeat(9_000) } } }],
    ["a name of 9,000 characters", { verification, claims: { ["x".repeat(9_000)]: null } }],
  ])("bad/too large or too deep: %s", (_what, request) => {
    expect(readRequest(request)).toMatchObject({ ok: false });
  });

  test("bad/the fault repeats nothing of the request", () => {
    const secret = '秘密"\\';
    const requests = [
      { verification, claims: { [secret]: secret } },
      { verification: { trust_framework: secret }, claims },
      evidence({ type: { value: "vouch" }, record: { source: { [secret]: secret } } }),
    ];
    for (const request of requests) {
      const read = readRequest(request);
      expect(read).toMatchObject({ ok: false });
      // The characters of an error_description (RFC 6749 §5.2).
      expect((read as { fault: string }).fault).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    }
  });
});

describe("a request", () => {
  test.each<[string, unknown]>([
    ["of one element", { verification, claims }],
    [
      "of several",
      [
        { verification, claims },
        { verification: {}, claims: { gender: {} } },
      ],
    ],
    [
      "with restrictions",
      { verification: { time: { max_age: 63113852 } }, claims: { name: { value: { any: 1 } } } },
    ],
    ["with members of extensions", { verification: { ...verification, more: [1] }, claims, more: true }],
    [
      "with evidence of another kind",
      evidence({ type: { value: "document" }, document_details: { type: null } }),
    ],
  ])("ok/%s is read as it is", (_what, request) => {
    expect(readRequest(request)).toEqual({
      ok: true,
      elements: [request].flat(),
      isList: Array.isArray(request),
    });
  });
});
