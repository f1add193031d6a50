import { expect, test } from "@jest/globals";
import { permissionsOf, rolesOf } from "../../../gateway/console/roles.ts";

const byClaim = { claim: "roles", subjects: {} };

test("ok/from a claim, as a list or as one; from the file for those it names", () => {
  expect(rolesOf({ sub: "a", roles: ["auditor", "viewer"] }, byClaim)).toEqual(["viewer", "auditor"]);
  expect(rolesOf({ sub: "a", roles: "operator" }, byClaim)).toEqual(["operator"]);
  const both = { claim: "roles", subjects: { a: ["approver"], b: [] } };
  expect(rolesOf({ sub: "a", roles: ["operator"] }, both)).toEqual(["approver"]);
  expect(rolesOf({ sub: "b", roles: ["operator"] }, both)).toEqual([]);
  expect(rolesOf({ sub: "c", roles: ["operator"] }, both)).toEqual(["operator"]);
});

test.each([
  ["no claim is named", { claim: undefined, subjects: {} }, { sub: "a", roles: ["operator"] }],
  ["the claim is not there", byClaim, { sub: "a" }],
  ["an invalid role", byClaim, { sub: "a", roles: ["admin", "root", 1, null] }],
  ["a list within a list", byClaim, { sub: "a", roles: [["operator"]] }],
  ["a claim that every object has", { claim: "constructor", subjects: {} }, { sub: "a" }],
  ["a subject that every object has", { claim: undefined, subjects: {} }, { sub: "constructor" }],
])("fail/%s", (_why, rule, claims) => {
  expect(rolesOf(claims, rule)).toEqual([]);
});

test("ok/what each role may", () => {
  expect(permissionsOf(["viewer"])).toEqual(["view"]);
  expect(permissionsOf(["operator"])).toEqual(["view", "reveal", "replay", "propose"]);
  expect(permissionsOf(["approver"])).toEqual(["view", "approve"]);
  expect(permissionsOf(["auditor"])).toEqual(["view", "read-audit"]);
  expect(permissionsOf([])).toEqual([]);
});
