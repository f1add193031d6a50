import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import * as fc from "fast-check";
import { answerOf, planOf } from "../../../domain/login/verified-claims/answering.ts";
import { verifiableClaims } from "../../../domain/login/verified-claims/claims.ts";
import { trustFramework } from "../../../domain/login/verified-claims/offered.ts";
import { readRequest } from "../../../domain/login/verified-claims/request.ts";
import { held, now, provenAt } from "../../unit/login/verified-claims/asking.ts";

/** The JSON Schemas of OpenID Connect for Identity Assurance 1.0 judge what we accept and what we answer. */

const folder = process.env["KAZASU_IDA"];
// The schemas may not be copied here, and are fetched: without them nothing is judged, and the run is not recorded as passed.
if (folder) judge(folder);
else
  describe("Identity Assurance 1.0", () =>
    test.skip("it is left out: its schemas could not be fetched", () => {}));

function judge(root: string): void {
  const read = (path: string): object => JSON.parse(readFileSync(join(root, path), "utf8")) as object;
  // Their schemas have `if` without `type`: Ajv's strict mode is about the schema's style, not about the data.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (formats as unknown as (to: Ajv2020) => void)(ajv);
  ajv.addSchema(read("schema/claims_schema.json"));
  // The schema of responses refers to that of requests.
  const isRequest = ajv.compile(read("schema/verified_claims_request.json"));
  const isResponse = ajv.compile(read("schema/verified_claims.json"));
  const errors = (of: ValidateFunction, data: unknown) => (of(data) ? [] : of.errors);

  const answer = (request: unknown, attributes = held) =>
    answerOf(planOf(request), { provenAt, attributes }, now).verifiedClaims;
  const everything = Object.fromEntries(verifiableClaims.map((claim) => [claim, null]));
  const verification = { trust_framework: null };

  const constraint = fc.oneof(
    fc.constant(null),
    fc.record({ essential: fc.boolean() }),
    fc.record({ value: fc.constantFrom("male", trustFramework, "population_register", "x") }),
    fc.record({
      values: fc.array(fc.constantFrom("male", "JPN", trustFramework), { minLength: 1, maxLength: 3 }),
    }),
  );
  const evidence = fc.record(
    {
      type: fc.record({ value: fc.constantFrom("electronic_record", "document", "vouch") }),
      record: fc.record(
        {
          type: constraint,
          created_at: fc.constant(null),
          source: fc.record(
            { name: constraint, country_code: constraint, region: constraint },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      ),
      check_details: fc.constant([{ check_method: null }]),
    },
    { requiredKeys: ["type"] },
  );
  const element = fc.record({
    verification: fc.record(
      {
        trust_framework: constraint,
        time: fc.oneof(fc.constant(null), fc.record({ max_age: fc.nat() })),
        assurance_level: constraint,
        evidence: fc.array(evidence, { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: ["trust_framework"] },
    ),
    claims: fc.dictionary(fc.constantFrom(...verifiableClaims, "nationalities"), constraint, { minKeys: 1 }),
  });
  const request = fc.oneof(element, fc.array(element, { minLength: 1, maxLength: 4 }));

  describe("Identity Assurance 1.0", () => {
    test.each(readdirSync(join(root, "examples/request")))(
      "ok/its example of a request is read: %s",
      (name) => {
        const { userinfo, id_token } = read(`examples/request/${name}`) as Record<
          string,
          Record<string, unknown>
        >;
        for (const place of [userinfo, id_token])
          if (place?.["verified_claims"])
            expect(readRequest(place["verified_claims"])).toMatchObject({ ok: true });
      },
    );

    test("ok/any request of its schema is read, and the answer is of its schema", () => {
      let answered = 0;
      fc.assert(
        fc.property(request, (verified_claims) => {
          expect(errors(isRequest, { userinfo: { verified_claims } })).toEqual([]);
          expect(readRequest(verified_claims)).toMatchObject({ ok: true });
          const given = answer(verified_claims);
          if (given === undefined) return;
          answered += 1;
          expect(errors(isResponse, { verified_claims: given })).toEqual([]);
        }),
        { numRuns: 5_000 },
      );
      expect(answered).toBeGreaterThan(500);
    });

    test.each<[string, object]>([
      ["the least", verification],
      [
        "all of ours",
        {
          ...verification,
          time: null,
          evidence: [
            {
              type: { value: "electronic_record" },
              record: { type: null, source: { name: null, country_code: null } },
            },
          ],
        },
      ],
    ])("ok/an answer with %s, every claim, and substituted characters", (_what, asked) => {
      const odd = { ...held, nameSubstitution: "10000", addressSubstitution: "1" };
      const verified_claims = answer({ verification: asked, claims: everything }, odd);
      expect(Object.keys((verified_claims as { claims: object }).claims)).toEqual(verifiableClaims);
      expect(errors(isResponse, { verified_claims })).toEqual([]);
    });

    test("ok/known difference: its schema has whole dates of birth, OpenID Connect Core §5.1 also a year alone", () => {
      const verified_claims = answer(
        { verification, claims: { birthdate: null } },
        { ...held, dateOfBirth: "419900000" },
      );
      expect(verified_claims).toHaveProperty("claims", { birthdate: "1990" });
      expect(errors(isResponse, { verified_claims })).toEqual(
        expect.arrayContaining([expect.objectContaining({ keyword: "pattern" })]),
      );
    });

    test.each<[string, object]>([
      ["without verification", { claims: { name: null } }],
      ["without claims", { verification }],
      ["without any claim", { verification, claims: {} }],
      [
        "evidence without type",
        { verification: { ...verification, evidence: [{}] }, claims: { name: null } },
      ],
      ["no evidence", { verification: { ...verification, evidence: [] }, claims: { name: null } }],
      [
        "a negative max_age",
        { verification: { ...verification, time: { max_age: -1 } }, claims: { name: null } },
      ],
    ])("bad/what its schema refuses, we refuse: %s", (_what, verified_claims) => {
      expect(isRequest({ userinfo: { verified_claims } })).toBe(false);
      expect(readRequest(verified_claims)).toMatchObject({ ok: false });
    });
  });
}
