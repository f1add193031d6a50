import { describe, expect, test } from "@jest/globals";
import { addPhone, makePerson } from "../notification/people.ts";
import { approvalsOf, operate, statementOf } from "./operating.ts";
import {
  approving,
  operators,
  post,
  registry,
  serveRevocations,
  statusOf,
  temporal,
  warnings,
} from "./revocation-gateway.ts";

serveRevocations();

describe("an operation is approved, and acts once", () => {
  test("ok/the same operation sent again is one", async () => {
    const { phone } = await makePerson(registry.pool);
    const statement = statementOf({ target: { enrolmentId: phone.enrolmentId } });
    const approvals = await approvalsOf(statement);
    const first = await post("/v1/operations", { statement, approvals });
    expect(await post("/v1/operations", { statement, approvals })).toEqual(first);
  });

  test("ok/a repeated operation does not touch certificates issued since, and is recorded once", async () => {
    const person = await makePerson(registry.pool);
    const id = crypto.randomUUID();
    const statement = statementOf({ id, target: { personOf: person.phone.enrolmentId } });
    const approvals = await approvalsOf(statement);
    const first = await post("/v1/operations", { statement, approvals });
    const later = await addPhone(registry.pool, person.personId, person.partyId);
    expect(await post("/v1/operations", { statement, approvals })).toEqual(first);
    expect(await statusOf(later.enrolmentId)).toMatchObject({ state: "active", reason: null });
    const { rows } = await registry.pool.query("select 1 from audit_lines where subject = $1", [id]);
    expect(rows).toHaveLength(1);
  });

  test("ok/while Temporal is unavailable the campaign is stored, and the answer says so", async () => {
    temporal.isUnavailable = true;
    const answer = await operate({
      act: "replace-generation",
      generation: "g1",
      perMinute: 1,
      reason: undefined,
    });
    expect(answer).toMatchObject({ status: 200, body: { campaignId: expect.any(String) } });
    expect(warnings).toContainEqual({ campaignId: answer.body["campaignId"] });
  });

  test("fail/one id for two operations, and an unknown generation", async () => {
    const asked = {
      act: "replace-generation",
      generation: "g1",
      perMinute: 1,
      reason: undefined,
    } as const;
    const id = crypto.randomUUID();
    expect((await operate({ ...asked, id })).status).toBe(200);
    expect(await operate({ ...asked, id, perMinute: 2 })).toMatchObject({
      status: 403,
      body: { code: "OPERATION_NOT_APPROVED" },
    });
    expect(await operate({ ...asked, generation: "g11" })).toMatchObject({ status: 404 });
  });

  test.each([
    ["revoke-generation", { reason: "keyCompromise" }],
    ["replace-generation", { reason: undefined }],
  ])("ok/%s starts a campaign, once", async (act, more) => {
    const asked = { act, generation: "g1", perMinute: 600, ...more } as never;
    const statement = statementOf(asked);
    const approvals = await approvalsOf(statement);
    const first = await post("/v1/operations", { statement, approvals });
    expect(first).toMatchObject({ status: 200, body: { campaignId: expect.any(String) } });
    expect(await post("/v1/operations", { statement, approvals })).toEqual(first);
    expect(temporal.campaigns).toEqual([first.body["campaignId"], first.body["campaignId"]]);
  });

  test("fail/one approval where two are needed", async () => {
    const { phone } = await makePerson(registry.pool);
    const answer = await operate({ target: { enrolmentId: phone.enrolmentId } }, operators.slice(0, 1));
    expect(answer).toMatchObject({ status: 403, body: { code: "OPERATION_NOT_APPROVED" } });
    expect(await statusOf(phone.enrolmentId)).toMatchObject({ state: "active" });
  });

  test("fail/no operators are configured: every operation is refused", async () => {
    approving.rule = undefined;
    const { phone } = await makePerson(registry.pool);
    const answer = await operate({ target: { enrolmentId: phone.enrolmentId } });
    expect(answer).toMatchObject({ status: 403, body: { code: "OPERATION_NOT_APPROVED" } });
  });

  test("fail/an operation approved for another CA", async () => {
    const { phone } = await makePerson(registry.pool);
    const target = { enrolmentId: phone.enrolmentId };
    expect(await operate({ target, issuer: "https://other.example" })).toMatchObject({ status: 403 });
  });

  test.each([
    ["an unknown act", { act: "sign" }],
    ["to take a revocation back", { reason: "removeFromCRL" }],
    ["a record with personal data", { record: "山田太郎" }],
    ["nothing in particular", {}],
  ])("fail/%s, however many approve", async (_, more) => {
    expect(await operate({ ...more } as never)).toMatchObject({
      status: 400,
      body: { code: "MALFORMED_REQUEST" },
    });
  });

  test("fail/an unknown certificate", async () => {
    expect(await operate({ target: { serial: "00ff" } })).toMatchObject({ status: 404 });
    expect(await operate({ target: { personOf: crypto.randomUUID() } })).toMatchObject({ status: 404 });
  });
});
