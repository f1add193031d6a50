import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { markReached, openNotifications } from "../../../registry/notification/notifications.ts";
import { storePushSubscription } from "../../../registry/notification/push-subscriptions.ts";
import type { NotificationView } from "../../../workflows/notification/contract.ts";
import { addAttributeRecord, addPhone, day, firstRecord, makePerson, moved, sealer } from "./people.ts";
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

const subscribe = (enrolmentId: string, endpoint: string) =>
  storePushSubscription(registry.pool, sealer, {
    enrolmentId,
    address: { kind: "web", endpoint, keys: { p256dh: "A".repeat(87), auth: "A".repeat(22) } },
  });

describe("opening a notification", () => {
  test("ok/names what differs and is consented to; opened again it is the same notification", async () => {
    const person = await makePerson(registry.pool);
    const view = await world.opened(person);
    expect(view).toMatchObject({ state: "open", delivery: "none", deliverWithinMs: 7 * day });
    expect(view.jti).toBeUndefined();
    expect(view.askAt).toBeUndefined();
    const left = Date.parse(view.expiresAt) - world.plays.now.getTime();
    expect(left).toBeGreaterThanOrEqual(30 * day);
    expect(left).toBeLessThan(31 * day);
    expect(view.remindAt.map((at) => Date.parse(at) - world.plays.now.getTime())).toEqual([3 * day, 7 * day]);
    expect((await world.opened(person)).notificationId).toBe(view.notificationId);
    const row = await rowOf(registry.pool, "notifications", view.notificationId);
    expect(row).toMatchObject({ attributes: ["address"], version: 2, since_version: 1 });
  });

  test("fail/the end does not reveal when it was opened: it is the end of a day in Japan", async () => {
    const ends = new Set<string>();
    for (const at of ["2026-11-30T15:00:00Z", "2026-12-01T03:04:05.678Z", "2026-12-01T14:59:59.999Z"]) {
      world.plays.now = new Date(at);
      ends.add((await world.opened(await makePerson(registry.pool))).expiresAt);
    }
    world.plays.now = new Date();
    expect([...ends]).toEqual(["2026-12-31T14:59:59.999Z"]);
  });

  test("ok/asked at the consent's own random moment: not shown before, reminded from then on", async () => {
    world.deps.durations = { ...world.deps.durations, askWithinMs: 2 * 3_600_000 };
    try {
      const [one, two] = [await makePerson(registry.pool), await makePerson(registry.pool)];
      const views = [await world.opened(one), await world.opened(two)];
      const asked = views.map(({ askAt }) => Date.parse(askAt ?? "") - world.plays.now.getTime());
      for (const after of asked) expect(after).toBeGreaterThanOrEqual(0);
      for (const after of asked) expect(after).toBeLessThan(2 * 3_600_000);
      expect(asked[0]).not.toBe(asked[1]);
      const [{ askAt = "", remindAt }] = views as [NotificationView];
      expect(Date.parse(remindAt[0] ?? "") - Date.parse(askAt)).toBe(3 * day);
      const shown = async (now: Date) =>
        (await openNotifications(registry.pool, { ...one, now }, { limit: 16 })).rows.length;
      expect(await shown(new Date(Date.parse(askAt) - 1))).toBe(0);
      expect(await shown(new Date(askAt))).toBe(1);
    } finally {
      world.deps.durations = { ...world.deps.durations, askWithinMs: 0 };
    }
  });

  test("ok/nothing consented differs: nobody is asked, and the party may read the newer version", async () => {
    const person = await makePerson(registry.pool, { attributes: ["name"] });
    const opened = await world.activities.openNotification({ consentId: person.consentId, version: 2 });
    expect(opened).toEqual({ kind: "nothing-to-tell" });
    expect(await rowOf(registry.pool, "consents", person.consentId)).toMatchObject({
      disclosed_version: 2,
      settled_version: 2,
    });
  });

  test("ok/no consent in force, or a version already decided: nobody is asked, and nothing changes", async () => {
    const person = await makePerson(registry.pool);
    const open = (version: number) =>
      world.activities.openNotification({ consentId: person.consentId, version });
    expect(await open(1)).toEqual({ kind: "nothing-to-tell" });
    await withdraw(registry.pool, person);
    expect(await open(2)).toEqual({ kind: "nothing-to-tell" });
    expect(await rowOf(registry.pool, "consents", person.consentId)).toMatchObject({
      disclosed_version: 1,
      settled_version: 1,
    });
  });

  test("ok/a consent whose term is over is not in force, whatever its row says", async () => {
    const person = await makePerson(registry.pool);
    await registry.pool.query("update consents set valid_until = $2 where id = $1", [
      person.consentId,
      new Date(world.plays.now.getTime() - 1_000),
    ]);
    const opened = await world.activities.openNotification({ consentId: person.consentId, version: 2 });
    expect(opened).toEqual({ kind: "nothing-to-tell" });
  });

  test("ok/the comparison is with what the party has, not with what the person declined", async () => {
    const third = { ...moved, name: "山田　花子" };
    const person = await makePerson(registry.pool, { records: [firstRecord, moved, third] });
    const { notificationId } = await world.opened(person);
    await world.activities.recordAnswer(await world.stored(person, notificationId, { decision: "decline" }));
    const next = await world.opened(person, 3);
    const row = await rowOf(registry.pool, "notifications", next.notificationId);
    expect(row).toMatchObject({ since_version: 1, attributes: ["name", "address"] });
  });

  test("ok/opened twice at once: one notification", async () => {
    const person = await makePerson(registry.pool);
    const views = await Promise.all(Array.from({ length: 8 }, () => world.opened(person)));
    expect(new Set(views.map(({ notificationId }) => notificationId)).size).toBe(1);
  });
});

describe("pushing a notification", () => {
  test("ok/pushes to every phone at this party, with nothing but the id", async () => {
    const person = await makePerson(registry.pool);
    const second = await addPhone(registry.pool, person.personId, person.partyId);
    const elsewhere = await makePerson(registry.pool);
    await subscribe(person.phone.enrolmentId, "https://push.example/1");
    await subscribe(second.enrolmentId, "https://push.example/2");
    await subscribe(elsewhere.phone.enrolmentId, "https://push.example/3");
    const { notificationId } = await world.opened(person);
    world.pushed.length = 0;
    expect(await world.activities.pushNotification({ notificationId, reminder: false })).toEqual({
      reached: true,
    });
    const content = { type: "change", notificationId };
    expect(world.pushed.toSorted((a, b) => a.endpoint.localeCompare(b.endpoint))).toEqual([
      { endpoint: "https://push.example/1", content },
      { endpoint: "https://push.example/2", content },
    ]);
    expect((await rowOf(registry.pool, "notifications", notificationId)).reached).toBe("pushed");
  });

  test("ok/no phone can be reached: reported, and no failure", async () => {
    const { notificationId } = await world.opened(await makePerson(registry.pool));
    expect(await world.activities.pushNotification({ notificationId, reminder: false })).toEqual({
      reached: false,
    });
    expect((await rowOf(registry.pool, "notifications", notificationId)).reached).toBe("unreachable");
  });

  test("ok/a push subscription that its service no longer knows is deleted; an unavailable push service is retried", async () => {
    const person = await makePerson(registry.pool);
    await subscribe(person.phone.enrolmentId, "https://push.example/4");
    const { notificationId } = await world.opened(person);
    const push = () => world.activities.pushNotification({ notificationId, reminder: false });
    try {
      world.plays.push = "unavailable";
      await expect(push()).rejects.toMatchObject({ type: "PushServiceAway", nonRetryable: false });
      world.plays.push = "gone";
      expect(await push()).toEqual({ reached: false });
    } finally {
      world.plays.push = "sent";
    }
    const { rowCount } = await registry.pool.query(
      "select 1 from push_subscriptions where enrolment_id = $1",
      [person.phone.enrolmentId],
    );
    expect(rowCount).toBe(0);
  });

  test("ok/an opened notification gets reminders only, an answered one nothing", async () => {
    const person = await makePerson(registry.pool);
    await subscribe(person.phone.enrolmentId, "https://push.example/5");
    const { notificationId } = await world.opened(person);
    await markReached(registry.pool, [notificationId], "opened");
    world.pushed.length = 0;
    await world.activities.pushNotification({ notificationId, reminder: false });
    expect(world.pushed).toEqual([]);
    await world.activities.pushNotification({ notificationId, reminder: true });
    expect(world.pushed.map(({ content }) => content["type"])).toEqual(["reminder"]);
    await world.activities.recordAnswer(await world.stored(person, notificationId, { decision: "decline" }));
    await world.activities.pushNotification({ notificationId, reminder: true });
    expect(world.pushed).toHaveLength(1);
  });
});

describe("closing a notification", () => {
  test("ok/expired: the version is decided, so that the lifecycle does not ask again", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    const view = await world.activities.closeNotification({ notificationId, why: "expired" });
    expect(view.state).toBe("expired");
    expect(await rowOf(registry.pool, "consents", person.consentId)).toMatchObject({
      disclosed_version: 1,
      settled_version: 2,
    });
  });

  test("ok/a newer version supersedes it, and the newer one is compared with what the party has", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    await addAttributeRecord(registry.pool, person.personId, 3, {
      ...moved,
      address: "北海道札幌市中央区北一条西二丁目１番地",
    });
    const view = await world.activities.closeNotification({ notificationId, why: "cancelled" });
    expect(view.state).toBe("superseded");
    const next = await world.opened(person, 3);
    expect((await rowOf(registry.pool, "notifications", next.notificationId)).since_version).toBe(1);
  });

  test("ok/a withdrawal before the answer closes it; after the answer it cancels the event", async () => {
    const before = await makePerson(registry.pool);
    const { notificationId } = await world.opened(before);
    await withdraw(registry.pool, before);
    const view = await world.activities.closeNotification({ notificationId, why: "cancelled" });
    expect(view.state).toBe("withdrawn");

    const after = await makePerson(registry.pool);
    await world.streamOf(after);
    const confirmed = await world.confirmed(after);
    await withdraw(registry.pool, after);
    const closed = await world.activities.closeNotification({ ...confirmed, why: "cancelled" });
    expect(closed).toMatchObject({ state: "confirmed", delivery: "cancelled" });
    expect(await world.activities.deliverEvent(confirmed)).toEqual({ kind: "cancelled" });
  });

  test("ok/answered before a newer version came: the answer takes effect", async () => {
    const person = await makePerson(registry.pool);
    const confirmed = await world.confirmed(person);
    const closed = await world.activities.closeNotification({ ...confirmed, why: "cancelled" });
    expect(closed).toMatchObject({ state: "confirmed", delivery: "pending" });
  });
});
