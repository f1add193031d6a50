import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { signApproval } from "../../../protocol/sign-approval.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { askErasure } from "../../../registry/person-page/erasure.ts";
import { firstRecord, issuer, makePerson, type Person, sealer } from "../notification/people.ts";
import { ConsoleWorld } from "./world.ts";

let world: ConsoleWorld;
let person: Person;
const campaigns = { fail: false, started: [] as string[] };
beforeAll(async () => {
  world = await ConsoleWorld.start({
    certificate: {
      reread: async () => {},
      startCampaign: async (id) => {
        if (campaigns.fail) throw new Error("broken");
        campaigns.started.push(id);
      },
    },
  });
  person = await makePerson(world.registry.pool);
});
afterAll(() => world?.close());

describe("acts on the console", () => {
  test("fail/a write without the token, with another session's, or from another site", async () => {
    const [olga, otto] = [await world.as("olga"), await world.as("otto")];
    const path = `/persons/${person.personId}/reveal`;
    const body = { reason: "complaint", record: "case-csrf" };
    for (const headers of [
      { "x-kazasu-csrf": "" },
      { "x-kazasu-csrf": otto.csrf },
      { origin: "https://evil.example" },
    ] as Record<string, string>[])
      expect((await olga.post(path, body, headers)).body.code).toBe("CSRF_REFUSED");
    expect(await world.lines("attributes-revealed", person.personId)).toEqual([]);
  });

  test.each(["vera", "anna", "ada"])("fail/%s does not replay, reveal or propose", async (name) => {
    const browser = await world.as(name);
    for (const path of [
      `/persons/${person.personId}/reveal`,
      `/deliveries/${randomUUID()}/replay`,
      "/operations",
    ])
      expect((await browser.post(path, {})).body.code).toBe("OPERATOR_MAY_NOT");
  });

  test("bad/no operator alone closes an erasure that a person asked for; two do, on record", async () => {
    const { pool } = world.registry;
    const { personId } = person;
    const erasure = (await askErasure(pool, { personId, visitId: randomUUID(), now: new Date() }))!;
    const [vera, olga] = [await world.as("vera"), await world.as("olga")];
    const [anna, axel] = [await world.as("anna"), await world.as("axel")];
    const row = { id: erasure, personId, askedAt: expect.any(String) };
    expect((await vera.get("/erasures")).body.rows).toEqual([row]);
    const record = "case-erasure";
    expect((await olga.post(`/erasures/${erasure}/done`, { record })).status).toBe(404);
    const id = randomUUID();
    const outcome = { outcome: "declined", reason: "kept-by-law" } as const;
    const statement = JSON.stringify({ act: "close-erasure", id, issuer, record, erasure, ...outcome });
    for (const wrong of [{ reason: undefined }, { outcome: "done" }, { reason: "no time" }])
      expect(
        (
          await olga.post("/operations", {
            statement: JSON.stringify({ ...JSON.parse(statement), ...wrong }),
          })
        ).status,
      ).toBe(400);
    expect((await olga.post("/operations", { statement })).body).toEqual({ id });
    const [first, second] = await Promise.all(
      world.keys.map(({ key }) => signApproval(statement, key, new Date())),
    );
    const path = `/operations/${id}/approve`;
    expect((await anna.post(path, { approval: first })).body).toMatchObject({ done: false });
    expect((await vera.get("/erasures")).body.rows).toEqual([row]);
    expect((await axel.post(path, { approval: second })).body).toMatchObject({ done: true });
    expect((await vera.get("/erasures")).body.rows).toEqual([]);
    expect(await world.lines("erasure-declined", erasure)).toEqual([
      { by: expect.stringContaining(","), record, reason: "kept-by-law" },
    ]);
    expect(await world.lines("operation-approved", id)).toHaveLength(1);
    const { rows } = await pool.query("select state, proof from erasure_requests where id = $1", [erasure]);
    expect(rows[0].state).toBe("declined");
    expect(sealer.open(rows[0].proof, `erasure_requests/${erasure}/proof`).toString()).toContain(record);
  });

  test("ok/the audit log is for auditors", async () => {
    expect((await (await world.as("ada")).get("/audit-lines?limit=2")).body.rows).toHaveLength(2);
    expect((await (await world.as("olga")).get("/audit-lines")).body.code).toBe("OPERATOR_MAY_NOT");
  });

  test("ok/a reveal is on record with who, why and the case before anything is shown", async () => {
    const olga = await world.as("olga");
    const path = `/persons/${person.personId}/reveal`;
    expect((await olga.post(path, { reason: "curiosity", record: "x" })).status).toBe(400);
    const shown = await olga.post(path, { reason: "complaint", record: "case-7" });
    expect(shown.body).toMatchObject({ name: firstRecord.name, version: 2 });
    const line = { by: "olga", reason: "complaint", record: "case-7", version: 2, row: expect.any(String) };
    expect(await world.lines("attributes-revealed", person.personId)).toEqual([line]);
  });

  test("ok/a stuck delivery is listed and replayed, with who asked", async () => {
    const jti = randomUUID();
    await addSecurityEvent(world.registry.pool, { jti, partyId: person.partyId, event: "urn:x", claims: {} });
    await world.registry.pool.query("update security_events set state = 'dead-lettered' where jti = $1", [
      jti,
    ]);
    const olga = await world.as("olga");
    expect((await olga.get("/deliveries?which=dead-lettered")).body.rows).toMatchObject([{ jti }]);
    expect((await olga.post(`/deliveries/${jti}/replay`, {})).status).toBe(200);
    expect(world.transmitted).toEqual([jti]);
    expect(await world.lines("replay-asked", jti)).toEqual([{ by: "olga", row: expect.any(String) }]);
  });

  test("fail/one operator alone: neither the proposer, nor one twice, nor one key twice; two do", async () => {
    const target = await makePerson(world.registry.pool);
    const id = randomUUID();
    const statement = JSON.stringify({
      act: "revoke",
      id,
      issuer,
      record: "case-8",
      target: { enrolmentId: target.phone.enrolmentId },
      reason: "keyCompromise",
    });
    const [otto, anna, axel] = [await world.as("otto"), await world.as("anna"), await world.as("axel")];
    const [first, second] = await Promise.all(
      world.keys.map(({ key }) => signApproval(statement, key, new Date())),
    );
    expect((await otto.post("/operations", { statement })).body).toEqual({ id });
    const path = `/operations/${id}/approve`;
    const refused = { code: "OPERATION_NOT_APPROVED" };
    expect((await otto.post(path, { approval: first })).body).toMatchObject(refused);
    expect((await anna.post(path, { approval: first })).body).toMatchObject({ approvals: 1, done: false });
    expect((await anna.post(path, { approval: second })).body).toMatchObject(refused);
    expect((await axel.post(path, { approval: first })).body).toMatchObject(refused);
    expect((await anna.get("/operations")).body.rows).toMatchObject([{ id, approvedBy: ["anna"] }]);
    expect((await axel.post(path, { approval: second })).body).toMatchObject({ approvals: 2, done: true });
    expect((await anna.get("/operations")).body.rows).toEqual([]);
    expect(await world.lines("operation-approval-given", id)).toMatchObject([{ by: "anna" }, { by: "axel" }]);
    const { rows } = await world.registry.pool.query("select state from enrolments where id = $1", [
      target.phone.enrolmentId,
    ]);
    expect(rows).toEqual([{ state: "revoked" }]);
  });

  test("ok/an operation that failed on its way is carried out by the next approval, under the same id", async () => {
    const id = randomUUID();
    const { rows } = await world.registry.pool.query("select generation from issuance_intents limit 1");
    const statement = JSON.stringify({
      act: "replace-generation",
      id,
      issuer,
      record: "case-9",
      generation: rows[0].generation,
      perMinute: 60,
    });
    const [otto, anna, axel] = [await world.as("otto"), await world.as("anna"), await world.as("axel")];
    const [first, second] = await Promise.all(
      world.keys.map(({ key }) => signApproval(statement, key, new Date())),
    );
    const path = `/operations/${id}/approve`;
    await otto.post("/operations", { statement });
    expect((await anna.post(path, { approval: first })).body).toMatchObject({ done: false });
    campaigns.fail = true;
    expect((await axel.post(path, { approval: second })).status).toBe(500);
    campaigns.fail = false;
    expect((await anna.post(path, { approval: first })).body).toMatchObject({ approvals: 2, done: true });
    expect(campaigns.started).toEqual([id]);
  });
});
