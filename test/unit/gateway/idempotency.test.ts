import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { PartyCaller } from "../openid/party-caller.ts";
import { type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";

let gateway: PartyGateway;
beforeAll(async () => {
  gateway = await startPartyGateway();
});
afterAll(() => gateway?.close());

const keyed = (party: PartyCaller, key: string, body: object = {}, path = "/ssf/streams") =>
  party.call("POST", path, body, { headers: { "idempotency-key": key } });

const held = async ({ partyId }: PartyCaller) => {
  const { rows } = await gateway.registry.pool.query<{ answer: Buffer | null }>(
    "select answer from idempotent_answers where party_id = $1",
    [partyId],
  );
  return rows;
};

describe("a request with a key", () => {
  test("ok/sent again it has the first answer, and nothing happens twice", async () => {
    const [party, key] = [await gateway.party(), `"${randomUUID()}"`];
    const first = await keyed(party, key, { description: "for our books" });
    expect(first.status).toBe(201);
    const again = await keyed(party, key, { description: "for our books" });
    expect([again.status, again.body]).toEqual([201, first.body]);
    // Without its quotes it is the same key.
    expect((await keyed(party, key.slice(1, -1), { description: "for our books" })).body).toEqual(first.body);

    const before = gateway.transmitted.length;
    const verify = { stream_id: first.body["stream_id"] as string };
    for (const _ of [1, 2]) expect((await keyed(party, "verify-1", verify, "/ssf/verify")).status).toBe(204);
    expect(gateway.transmitted).toHaveLength(before + 1);
  });

  test("ok/many at once: one is carried out, and the others get its answer or have to wait", async () => {
    const [party, key] = [await gateway.party(), randomUUID()];
    const answers = await Promise.all([1, 2, 3, 4].map(() => keyed(party, key)));
    const streams = answers.filter(({ status }) => status === 201).map(({ body }) => body["stream_id"]);
    expect(new Set(streams).size).toBe(1);
    for (const { status, body } of answers.filter(({ status }) => status !== 201))
      expect([status, body["code"]]).toEqual([409, "IDEMPOTENCY_KEY_UNDER_WAY"]);
  });

  test("ok/another party may have the same key, and the kept answer is sealed", async () => {
    const [one, two, key] = [await gateway.party(), await gateway.party(), randomUUID()];
    const answers = await Promise.all([keyed(one, key), keyed(two, key)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[0]?.body["stream_id"]).not.toBe(answers[1]?.body["stream_id"]);
    const [row] = await held(one);
    expect(row?.answer?.toString("latin1")).not.toContain(String(answers[0]?.body["stream_id"]));
  });

  test("ok/after a day the key is free; one whose process died is, for the same request, after two minutes", async () => {
    const [party, key] = [await gateway.party(), randomUUID()];
    const { status, body } = await keyed(party, key);
    expect(status).toBe(201);
    const { pool } = gateway.registry;
    await pool.query("update idempotent_answers set answer = null where party_id = $1", [party.partyId]);
    expect((await keyed(party, key)).body["code"]).toBe("IDEMPOTENCY_KEY_UNDER_WAY");
    await party.call("DELETE", `/ssf/streams?stream_id=${String(body["stream_id"])}`);
    const age = (by: string) =>
      pool.query("update idempotent_answers set begun_at = begun_at - $2::interval where party_id = $1", [
        party.partyId,
        by,
      ]);
    await age("3 minutes");
    expect((await keyed(party, key, { description: "another" })).body["code"]).toBe("IDEMPOTENCY_KEY_REUSED");
    expect((await keyed(party, key)).status).toBe(201);
    await age("25 hours");
    expect((await keyed(party, key, { description: "another" })).body["code"]).toBe("STREAM_EXISTS");
    expect(await held(party)).toEqual([]);
  });

  test("fail/another request with the same key; a refused one is asked anew", async () => {
    const [party, key] = [await gateway.party(), randomUUID()];
    expect((await keyed(party, key, { delivery: { method: "pigeon" } })).status).toBe(400);
    expect((await keyed(party, key)).status).toBe(201);
    const other = await keyed(party, key, { description: "another" });
    expect([other.status, other.body["code"]]).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
  });

  test.each([["short"], ['"unended-quote'], ["white space key"], ["x".repeat(129)], ["back\\slash"]])(
    "fail/the key %s is invalid",
    async (key) => {
      const party = await gateway.party();
      expect(await keyed(party, key)).toMatchObject({ status: 400, body: { code: "MALFORMED_REQUEST" } });
    },
  );
});
