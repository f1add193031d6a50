import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { jwtVerify } from "jose";
import { audienceOf, eventTypes } from "../../../protocol/events.ts";
import { notificationReceipt } from "../../../protocol/notification.ts";
import { transaction } from "../../../registry/database.ts";
import { storeAcknowledgement } from "../../../registry/notification/acknowledgements.ts";
import { addSecurityEvent, findSecurityEvent } from "../../../registry/notification/security-events.ts";
import { setStreamStatus } from "../../../registry/notification/streams.ts";
import { addAttributeRecord, issuer, makePerson, moved } from "./people.ts";
import { startTestRegistry, type TestRegistry } from "./postgres.ts";
import { makeWorld, rowOf, type World, withdraw } from "./world.ts";

let registry: TestRegistry;
let world: World;

beforeAll(async () => {
  registry = await startTestRegistry();
  world = await makeWorld(registry.pool);
});
afterAll(async () => {
  await registry?.close();
});
beforeEach(() => {
  world.plays.party = 202;
  world.received.length = 0;
});

const eventState = async (jti: string) => (await findSecurityEvent(registry.pool, jti))?.state;

describe("transmitting an event", () => {
  test("ok/pushed, signed, without values: once accepted it is not sent again", async () => {
    const person = await makePerson(registry.pool);
    await world.streamOf(person);
    const { jti, notificationId } = await world.confirmed(person);
    expect(await world.activities.deliverEvent({ jti })).toEqual({ kind: "delivered" });
    expect(await world.activities.deliverEvent({ jti })).toEqual({ kind: "delivered" });
    expect(world.received).toHaveLength(1);
    const { payload } = await jwtVerify(world.received[0]!, world.keys.es256.publicKey, {
      issuer,
      audience: audienceOf(person.partyId),
      typ: "secevent+jwt",
    });
    expect(payload.jti).toBe(jti);
    expect(JSON.stringify(payload)).not.toMatch(/山田|大阪|東京|personId|serial|revo/i);
    expect((await rowOf(registry.pool, "notifications", notificationId)).delivery).toBe("delivered");
  });

  test("ok/for a poll stream: left for the party; delivered once the party has taken it", async () => {
    const person = await makePerson(registry.pool);
    await world.streamOf(person, "poll");
    const { jti, notificationId } = await world.confirmed(person);
    expect(await world.activities.deliverEvent({ jti })).toEqual({ kind: "waits-for-poll" });
    await registry.pool.query("update security_events set state = 'delivered' where jti = $1", [jti]);
    expect(await world.activities.deliverEvent({ jti })).toEqual({ kind: "delivered" });
    expect((await rowOf(registry.pool, "notifications", notificationId)).delivery).toBe("delivered");
  });

  test("fail/a party that is unavailable, busy, paused or without a stream: retried, and the code is kept", async () => {
    const person = await makePerson(registry.pool);
    const { jti } = await world.confirmed(person);
    const failsWith = async (code: string, more: object = {}) => {
      await expect(world.activities.deliverEvent({ jti })).rejects.toMatchObject({
        type: "EventNotHandedOver",
        message: code,
        nonRetryable: false,
        ...more,
      });
      const { rows } = await registry.pool.query("select last_error from security_events where jti = $1", [
        jti,
      ]);
      expect(rows[0].last_error).toBe(code);
    };
    await failsWith("STREAM_MISSING");
    const stream = await world.streamOf(person);
    await setStreamStatus(registry.pool, stream!.id, "paused", undefined);
    await failsWith("STREAM_NOT_ENABLED");
    await setStreamStatus(registry.pool, stream!.id, "enabled", undefined);
    world.plays.party = "unavailable";
    await failsWith("PARTY_UNREACHABLE");
    world.plays.party = 503;
    await failsWith("PARTY_UNREACHABLE", { nextRetryDelay: 7_000 });
    world.plays.party = 202;
    expect(await world.activities.deliverEvent({ jti })).toEqual({ kind: "delivered" });
  });

  test("fail/a party that refuses the event for good is not asked again", async () => {
    const person = await makePerson(registry.pool);
    await world.streamOf(person);
    const { jti } = await world.confirmed(person);
    world.plays.party = "refuses";
    await expect(world.activities.deliverEvent({ jti })).rejects.toMatchObject({
      type: "EventRefused",
      message: "invalid_request",
      nonRetryable: true,
    });
    await expect(world.activities.deliverEvent({ jti: randomUUID() })).rejects.toMatchObject({
      message: "EVENT_UNKNOWN",
      nonRetryable: true,
    });
  });

  test("ok/events about one person keep their order and do not block others; a dead letter is replayed", async () => {
    const person = await makePerson(registry.pool);
    const neighbour = await makePerson(registry.pool, { partyId: person.partyId });
    await world.streamOf(person);
    const first = await world.confirmed(person);
    await addAttributeRecord(registry.pool, person.personId, 3, { ...moved, name: "山田　花子" });
    const second = await world.confirmed(person, 3);
    const tooEarly = { message: "EARLIER_EVENT_FIRST", nonRetryable: false };
    await expect(world.activities.deliverEvent(second)).rejects.toMatchObject(tooEarly);
    expect(await world.activities.deliverEvent(await world.confirmed(neighbour))).toEqual({
      kind: "delivered",
    });

    await world.activities.deadLetterEvent(first);
    expect(await eventState(first.jti)).toBe("dead-lettered");
    expect((await rowOf(registry.pool, "notifications", first.notificationId)).delivery).toBe(
      "dead-lettered",
    );
    await world.activities.reopenEvent(first);
    expect(await world.activities.deliverEvent(first)).toEqual({ kind: "delivered" });
    expect(await world.activities.deliverEvent(second)).toEqual({ kind: "delivered" });
    expect((await rowOf(registry.pool, "notifications", first.notificationId)).delivery).toBe("delivered");
  });

  test("ok/withdrawn meanwhile: the event is cancelled, also a replayed dead letter; nothing is sent", async () => {
    const person = await makePerson(registry.pool);
    await world.streamOf(person);
    const { jti, notificationId } = await world.confirmed(person);
    await world.activities.deadLetterEvent({ jti });
    await withdraw(registry.pool, person);
    await world.activities.reopenEvent({ jti });
    expect(await world.activities.deliverEvent({ jti })).toEqual({ kind: "cancelled" });
    expect(await eventState(jti)).toBe("cancelled");
    expect((await rowOf(registry.pool, "notifications", notificationId)).delivery).toBe("cancelled");
    expect(world.received).toEqual([]);
  });

  test("ok/acknowledged while the delivery is being recorded: no deadlock", async () => {
    for (let round = 0; round < 10; round += 1) {
      const person = await makePerson(registry.pool);
      await world.streamOf(person);
      const { jti, notificationId } = await world.confirmed(person);
      const acknowledge = () =>
        transaction(registry.pool, (connection) =>
          storeAcknowledgement(connection, notificationId, { outcome: "applied" }),
        );
      await Promise.all([world.activities.deliverEvent({ jti }), acknowledge()]);
      expect(await world.activities.readNotification({ notificationId })).toMatchObject({
        delivery: "acknowledged",
      });
      expect(await eventState(jti)).toBe("delivered");
    }
  });

  test("ok/a delivered event neither becomes a dead letter nor is reopened", async () => {
    const person = await makePerson(registry.pool);
    await world.streamOf(person);
    const { jti } = await world.confirmed(person);
    await world.activities.deliverEvent({ jti });
    await world.activities.deadLetterEvent({ jti });
    await world.activities.reopenEvent({ jti });
    expect(await eventState(jti)).toBe("delivered");
  });

  test("ok/an event of the framework itself needs neither a consent nor a request for it", async () => {
    const person = await makePerson(registry.pool);
    await world.streamOf(person);
    const jti = randomUUID();
    const { partyId } = person;
    await addSecurityEvent(registry.pool, {
      jti,
      partyId,
      event: eventTypes.verification,
      claims: { state: "s" },
    });
    expect(await world.activities.deliverEvent({ jti })).toEqual({ kind: "delivered" });
    const other = randomUUID();
    await addSecurityEvent(registry.pool, {
      jti: other,
      partyId,
      event: eventTypes.credentialChange,
      claims: {},
    });
    await expect(world.activities.deliverEvent({ jti: other })).rejects.toMatchObject({
      message: "STREAM_MISSING",
    });
  });
});

describe("the receipt", () => {
  test("ok/says what was confirmed and what the party did, signed by the service key, without values", async () => {
    const person = await makePerson(registry.pool);
    await world.streamOf(person);
    const { jti, notificationId } = await world.confirmed(person);
    await world.activities.deliverEvent({ jti });
    const read = async () => {
      await world.activities.writeReceipt({ notificationId });
      const { receipt } = await rowOf(registry.pool, "notifications", notificationId);
      const { payload } = await jwtVerify(receipt, world.keys.service.publicKey, {
        typ: "kazasu-receipt+jwt",
      });
      expect(JSON.stringify(payload)).not.toMatch(/山田|大阪|東京/);
      return notificationReceipt.parse(payload);
    };
    expect(await read()).toMatchObject({
      record_id: notificationId,
      recipient: person.partyId,
      anchor_version: 2,
      pii_categories: ["address"],
      delivery: "delivered",
      event: { act: "confirm", shown_sha256: await world.shownDigest(notificationId) },
    });
    await registry.pool.query(
      `update notifications set delivery = 'acknowledged', acknowledgement = '{"outcome":"applied"}',
         acknowledged_at = now() where id = $1`,
      [notificationId],
    );
    expect((await read()).acknowledgement?.outcome).toBe("applied");
  });

  test("ok/there is no receipt for a declined change", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    await world.activities.recordAnswer(await world.stored(person, notificationId, { decision: "decline" }));
    await world.activities.writeReceipt({ notificationId });
    expect((await rowOf(registry.pool, "notifications", notificationId)).receipt).toBeNull();
  });
});
