import { describe, expect, test } from "@jest/globals";
import { trustFramework } from "../../../../domain/login/verified-claims/offered.ts";
import { one } from "./asking.ts";

const record = { type: { value: "electronic_record" } };
const given = { verification: { trust_framework: trustFramework }, claims: { gender: "male" } };

describe("IDA §5.4: verification data", () => {
  test.each<[string, object]>([
    ["null", { trust_framework: null }],
    ["an empty object, as null", { trust_framework: {} }],
    ["essential: false", { trust_framework: { essential: false } }],
    ["not requested, as an answer without it is not valid", {}],
  ])("ok/trust_framework %s: the answer has it, and nothing else", (_how, verification) => {
    expect(one(verification)).toEqual(given);
  });

  test("ok/time is given only if requested, in UTC without fractions", () => {
    expect(one({ trust_framework: null, time: null })?.verification).toEqual({
      trust_framework: trustFramework,
      time: "2026-11-29T15:00:00Z",
    });
  });

  test("ok/evidence has its type and the requested members, one step deeper each", () => {
    const evidence = (asked: object) =>
      one({ trust_framework: null, evidence: [{ ...record, ...asked }] })?.verification["evidence"];
    const type = "electronic_record";
    expect(evidence({})).toEqual([{ type }]);
    expect(evidence({ record: { type: null } })).toEqual([{ type, record: { type: "population_register" } }]);
    expect(evidence({ record: { source: { country_code: null, region: null } } })).toEqual([
      { type, record: { type: "population_register", source: { country_code: "JPN" } } },
    ]);
  });

  test("ok/several entries of evidence are linked by OR, and each is a template", () => {
    const evidence = [
      { type: { value: "document" }, document_details: { type: null } },
      { ...record, record: { source: { name: null } } },
      { ...record, record: { type: null, source: { country_code: null } } },
      { ...record, record: { type: { value: "bank_account" }, created_at: null } },
    ];
    expect(one({ trust_framework: null, evidence })?.verification["evidence"]).toEqual([
      {
        type: "electronic_record",
        record: {
          type: "population_register",
          source: { name: expect.stringContaining("Japan"), country_code: "JPN" },
        },
      },
    ]);
  });

  test("fail/evidence of another type alone omits the element", () => {
    for (const value of ["document", "vouch", "electronic_signature", "of-somebody-else"])
      expect(one({ trust_framework: null, evidence: [{ type: { value } }] })).toBeUndefined();
  });

  test("ok/§5.7.2: an element that we do not have is omitted, not the others", () => {
    const verification = {
      trust_framework: null,
      assurance_level: null,
      verification_process: null,
      assurance_process: { policy: null },
      of_somebody_else: { deep: [null] },
      evidence: [{ ...record, check_details: [{ check_method: null }], derived_claims: { name: null } }],
    };
    expect(one(verification)?.verification).toEqual({
      trust_framework: trustFramework,
      evidence: [{ type: "electronic_record" }],
    });
  });
});

describe("IDA §5.5.1: value, values", () => {
  test.each<[string, object]>([
    ["its value", { value: trustFramework }],
    ["one of the values", { values: ["eidas", trustFramework] }],
  ])("ok/trust_framework is %s", (_how, asked) => {
    expect(one({ trust_framework: asked })).toEqual(given);
  });

  test.each<[string, object]>([
    ["another trust_framework", { trust_framework: { value: "de_aml" } }],
    ["none of the values", { trust_framework: { values: ["eidas", "de_aml"] } }],
    [
      "value and values that do not both match",
      { trust_framework: { value: trustFramework, values: ["x"] } },
    ],
    [
      "another type of record",
      { evidence: [{ ...record, record: { type: { value: "mortgage_account" } } }] },
    ],
    [
      "another source",
      { evidence: [{ ...record, record: { source: { country_code: { values: ["SWE", "DEU"] } } } }] },
    ],
    [
      "a check that we do not state",
      { evidence: [{ ...record, check_details: [{ check_method: { value: "pipp" } }] }] },
    ],
    ["an assurance level that we do not state", { assurance_level: { value: "high" } }],
    ["a restriction deep in an unknown element", { assurance_process: { policy: { values: ["gpg45"] } } }],
    ["essential or not", { trust_framework: { value: "de_aml", essential: true } }],
  ])("fail/%s omits the whole element (§5.7.4)", (_what, verification) => {
    expect(one({ trust_framework: null, ...verification })).toBeUndefined();
  });
});

describe("IDA §5.5.2: max_age", () => {
  // From the beginning of the day of the proof to the request.
  const age = 33 * 3_600;
  test("ok/a proof that is young enough", () => {
    expect(one({ trust_framework: null, time: { max_age: age } })?.verification).toHaveProperty("time");
  });

  test("fail/an older proof omits the whole element", () => {
    expect(one({ trust_framework: null, time: { max_age: age - 1 } })).toBeUndefined();
  });

  test("ok/a time that is restricted to the very value", () => {
    expect(one({ trust_framework: null, time: { value: "2026-11-29T15:00:00Z" } })).toBeDefined();
    expect(one({ trust_framework: null, time: { value: "2026-11-30T15:00:00Z" } })).toBeUndefined();
  });

  test("fail/max_age of what is no date is never met", () => {
    expect(one({ trust_framework: { max_age: 1e9 } })).toBeUndefined();
    const source = { name: { max_age: 1e9 } };
    expect(one({ trust_framework: null, evidence: [{ ...record, record: { source } }] })).toBeUndefined();
  });
});
