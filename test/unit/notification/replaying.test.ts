import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { MockActivityEnvironment } from "@temporalio/testing";
import { DefaultLogger } from "@temporalio/worker";
import { type Replay, replayEvents } from "../../../domain/notification/replaying.ts";
import { eventTypes } from "../../../protocol/events.ts";
import { linesWithoutRow, rowsWithoutLine } from "../../../registry/audit/acts.ts";
import { purgedKinds } from "../../../registry/audit/purges.ts";
import { transaction } from "../../../registry/database.ts";
import { addSecurityEvent, findSecurityEvent } from "../../../registry/notification/security-events.ts";
import { day, makePerson, type Person } from "./people.ts";
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

const replay = (asked: Replay, now = new Date()): Promise<string[]> =>
  transaction(registry.pool, (connection) => replayEvents(connection, asked, now));
const stateOf = async (jti: string) => (await findSecurityEvent(registry.pool, jti))?.state;

/** A person of a party with a push stream, and the event of a change that the person has confirmed. */
async function changed(
  more: { partyId?: string } = {},
): Promise<Person & { jti: string; notificationId: string }> {
  const person = await makePerson(registry.pool, more);
  await world.streamOf(person);
  return { ...person, ...(await world.confirmed(person)) };
}

describe("a party replays its events", () => {
  test("ok/a dead letter: it is on its way again, and so is its notification", async () => {
    const { partyId, jti, notificationId } = await changed();
    await world.activities.deadLetterEvent({ jti });
    expect(await replay({ partyId, states: ["dead-lettered"] })).toEqual([jti]);
    expect(await stateOf(jti)).toBe("pending");
    expect((await rowOf(registry.pool, "notifications", notificationId)).delivery).toBe("pending");
    expect(await world.activities.deliverEvent({ jti })).toEqual({ kind: "delivered" });
    expect(world.received).toHaveLength(1);
  });

  test("ok/a delivered event of the last 30 days, with the same id; what was acknowledged stays acknowledged", async () => {
    const { partyId, jti, notificationId } = await changed();
    await world.activities.deliverEvent({ jti });
    await registry.pool.query("update notifications set delivery = 'acknowledged' where id = $1", [
      notificationId,
    ]);
    expect(await replay({ partyId, jtis: [jti] }, new Date(Date.now() + 31 * day))).toEqual([]);
    expect(await replay({ partyId, jtis: [jti] })).toEqual([jti]);
    expect(await world.activities.deliverEvent({ jti })).toEqual({ kind: "delivered" });
    expect(world.received).toHaveLength(2);
    expect((await rowOf(registry.pool, "notifications", notificationId)).delivery).toBe("acknowledged");
  });

  test("ok/those of a time range, in their order, a hundred at a time", async () => {
    const { partyId, jti } = await changed();
    await world.activities.deliverEvent({ jti });
    const before = new Date(Date.now() - 1_000);
    const after = new Date(Date.now() + 1_000);
    expect(await replay({ partyId, from: after })).toEqual([]);
    expect(await replay({ partyId, until: before })).toEqual([]);
    expect(await replay({ partyId, from: before, until: after, after: jti })).toEqual([]);
    expect(await replay({ partyId, from: before, until: after })).toEqual([jti]);

    const many = Array.from({ length: 101 }, () => randomUUID());
    for (const each of many)
      await addSecurityEvent(registry.pool, {
        jti: each,
        partyId,
        event: eventTypes.credentialChange,
        subject: "somebody",
        claims: {},
      });
    await registry.pool.query("update security_events set state = 'dead-lettered' where jti = any($1)", [
      many,
    ]);
    const first = await replay({ partyId, states: ["dead-lettered"] });
    expect(first).toEqual(many.slice(0, 100));
    expect(await replay({ partyId, states: ["dead-lettered"], after: first.at(-1)! })).toEqual([many[100]]);
  });

  test("bad/another party's, one under way, one about no person, or one whose consent has ended: none is replayed", async () => {
    const { partyId, jti } = await changed();
    await world.activities.deliverEvent({ jti });
    const other = await changed();
    expect(await replay({ partyId: other.partyId, jtis: [jti] })).toEqual([]);
    expect(await replay({ partyId: other.partyId, after: jti })).toEqual([]);
    expect(await replay({ partyId: other.partyId })).toEqual([]);
    expect(await stateOf(other.jti)).toBe("pending");
    await world.activities.deadLetterEvent({ jti: other.jti });
    expect(await replay({ partyId: other.partyId, after: jti })).toEqual([]);

    const ended = await changed();
    await world.activities.deliverEvent(ended);
    await withdraw(registry.pool, ended);
    expect(await replay({ partyId: ended.partyId })).toEqual([]);

    const verification = randomUUID();
    await addSecurityEvent(registry.pool, {
      jti: verification,
      partyId,
      event: eventTypes.verification,
      claims: {},
    });
    await world.activities.deliverEvent({ jti: verification });
    expect(await replay({ partyId, jtis: [verification] })).toEqual([]);
  });

  test("ok/an event that was delivered and is on its way again is no gap in the audit log", async () => {
    const { partyId, jti } = await changed();
    await world.activities.deliverEvent({ jti });
    await replay({ partyId, jtis: [jti] });
    const none = Object.fromEntries(purgedKinds.map((kind) => [kind, { listed: [], unlisted: 0 }]));
    const names = (found: { name: string }[]) => found.map(({ name }) => name);
    expect(names(await linesWithoutRow(registry.pool, none as never))).not.toContain("delivered event");
    expect(names(await rowsWithoutLine(registry.pool, undefined))).not.toContain("delivered event");
    const { rows } = await registry.pool.query(
      "select detail from audit_lines where act = 'event-replayed' and subject = $1",
      [jti],
    );
    expect(rows).toEqual([{ detail: { partyId, was: "delivered", row: expect.any(String) } }]);
  });
});

describe("a failed delivery", () => {
  const nextOf = async (jti: string): Promise<Date | null> => {
    const { rows } = await registry.pool.query("select next_attempt_at from security_events where jti = $1", [
      jti,
    ]);
    return rows[0].next_attempt_at;
  };
  const attempted = async (jti: string, attempt: number): Promise<void> => {
    const retryPolicy = { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: 3_600_000 } as const;
    const environment = new MockActivityEnvironment(
      { attempt, retryPolicy },
      { logger: new DefaultLogger("ERROR") },
    );
    await expect(environment.run(() => world.activities.deliverEvent({ jti }))).rejects.toThrow();
  };
  const after = (ms: number) => new Date(world.plays.now.getTime() + ms);

  test("ok/records when it is tried again: by the policy, by Retry-After, and not at all", async () => {
    const { jti } = await changed();
    world.plays.party = "unavailable";
    await attempted(jti, 1);
    expect(await nextOf(jti)).toEqual(after(1_000));
    await attempted(jti, 5);
    expect(await nextOf(jti)).toEqual(after(16_000));
    await attempted(jti, 30);
    expect(await nextOf(jti)).toEqual(after(3_600_000));
    world.plays.party = 503;
    await attempted(jti, 5);
    expect(await nextOf(jti)).toEqual(after(7_000));
    world.plays.party = "refuses";
    await attempted(jti, 5);
    expect(await nextOf(jti)).toBeNull();
    world.plays.party = 503;
    await attempted(jti, 5);
    world.plays.party = 202;
    await world.activities.deliverEvent({ jti });
    expect(await nextOf(jti)).toBeNull();
  });
});
