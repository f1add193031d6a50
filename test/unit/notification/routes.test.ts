import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { Gateway } from "../../../client/app/gateway.ts";
import { answerChange, readInbox } from "../../../client/app/inbox.ts";
import { signPhoneMessage } from "../../../client/app/phone-message.ts";
import { subscribeToPush } from "../../../client/app/push-subscription.ts";
import type { NotificationClient } from "../../../client/engine/notification.ts";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import { onError } from "../../../gateway/problems.ts";
import { answersRoute } from "../../../gateway/routes/answers.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { pushSubscriptionsRoute } from "../../../gateway/routes/push-subscriptions.ts";
import { sha256, utf8 } from "../../../protocol/encoding.ts";
import { labels } from "../../../protocol/labels.ts";
import { answered } from "../../../protocol/notification.ts";
import { readPushSubscriptions } from "../../../registry/notification/push-subscriptions.ts";
import { addPhone, issuer, makePerson, sealer, strangersKey } from "./people.ts";
import { startTestRegistry, type TestRegistry } from "./postgres.ts";
import { makeWorld, rowOf, type World, withdraw } from "./world.ts";

let registry: TestRegistry;
let world: World;
let server: FastifyInstance;
let gateway: Gateway;
let url: string;
/** In place of the lifecycle: decides by the activity itself, unless a test plays something else. */
let answer: NotificationClient["answer"];

beforeAll(async () => {
  registry = await startTestRegistry();
  world = await makeWorld(registry.pool);
  const deps = { pool: registry.pool, sealer, issuer, clock: () => new Date() };
  server = Fastify();
  server.setErrorHandler(onError);
  inboxRoute(server, deps);
  answersRoute(server, { ...deps, answerMs: 1_000, notification: { answer: (...all) => answer(...all) } });
  pushSubscriptionsRoute(server, {
    ...deps,
    assertEndpoint(address) {
      if (new URL(address).hostname === "inner.example") throw new Error("forbidden");
    },
  });
  url = await server.listen({ host: "127.0.0.1", port: 0 });
  gateway = new Gateway(url);
  answer = (given) => world.activities.recordAnswer(given);
});
afterAll(async () => {
  await server?.close();
  await registry?.close();
});
afterEach(() => {
  answer = (given) => world.activities.recordAnswer(given);
});

describe("the inbox", () => {
  test("ok/shows old and new values for this person at this party; then the answer and its outcome", async () => {
    const person = await makePerson(registry.pool);
    await world.opened(await makePerson(registry.pool, { partyId: person.partyId }));
    expect((await readInbox(gateway, person.phone)).open).toEqual([]);
    const { notificationId } = await world.opened(person);

    const { open } = await readInbox(gateway, person.phone);
    expect(open).toHaveLength(1);
    expect(open[0]!.change).toEqual({
      notificationId,
      consentId: person.consentId,
      party: { id: person.partyId, name: { ja: "ABC銀行", en: "ABC Bank" } },
      anchorVersion: 2,
      changes: [
        {
          attribute: "address",
          from: "東京都千代田区千代田一丁目１番１号",
          to: "大阪府大阪市北区中之島一丁目３番２０号",
        },
      ],
    });
    expect((await rowOf(registry.pool, "notifications", notificationId)).reached).toBe("opened");

    const pressed = await answerChange(gateway, person.phone, { ...open[0]!, decision: "confirm" });
    expect(pressed).toEqual({ notificationId, state: "confirmed" });
    const after = await readInbox(gateway, person.phone);
    expect(after.open).toEqual([]);
    expect(after.settled).toMatchObject([{ notificationId, state: "confirmed", delivery: "pending" }]);
  });

  test("ok/every phone of the person at this party sees it, and no phone at another party", async () => {
    const person = await makePerson(registry.pool);
    const elsewhere = await makePerson(registry.pool);
    const second = await addPhone(registry.pool, person.personId, person.partyId);
    const other = await addPhone(registry.pool, person.personId, elsewhere.partyId);
    await world.opened(person);
    expect((await readInbox(gateway, second)).open).toHaveLength(1);
    expect((await readInbox(gateway, other)).open).toEqual([]);
  });

  test("ok/attributes that the consent no longer covers are not shown, and nothing under a withdrawn one", async () => {
    const person = await makePerson(registry.pool);
    await world.opened(person);
    await registry.pool.query("update consents set attributes = '{name}' where id = $1", [person.consentId]);
    expect((await readInbox(gateway, person.phone)).open).toEqual([]);
    await registry.pool.query("update consents set attributes = '{address}' where id = $1", [
      person.consentId,
    ]);
    expect((await readInbox(gateway, person.phone)).open).toHaveLength(1);
    await withdraw(registry.pool, person);
    expect((await readInbox(gateway, person.phone)).open).toEqual([]);
  });

  test("fail/another key, a revoked certificate, another CA's message", async () => {
    const { phone } = await makePerson(registry.pool);
    const untrusted = { code: "MESSAGE_UNTRUSTED" };
    await expect(readInbox(gateway, { ...phone, deviceKey: await strangersKey() })).rejects.toMatchObject(
      untrusted,
    );
    await expect(readInbox(gateway, { ...phone, issuer: "https://other.example" })).rejects.toMatchObject(
      untrusted,
    );
    await revokeCertificates(registry.pool, { enrolmentId: phone.enrolmentId }, "keyCompromise", "person");
    await expect(readInbox(gateway, phone)).rejects.toMatchObject(untrusted);
  });
});

describe("answers", () => {
  const press = async (person: Awaited<ReturnType<typeof makePerson>>) => {
    await world.opened(person);
    const { open } = await readInbox(gateway, person.phone);
    return open[0]!;
  };

  test("ok/the same message again has the same outcome; another answer after it is refused", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId, shown } = await press(person);
    const content = {
      type: labels.answer,
      notificationId,
      decision: "confirm",
      shownSha256: await sha256(utf8(shown)),
    };
    const { message } = await signPhoneMessage(person.phone, content);
    const sent = await Promise.all(Array.from({ length: 5 }, () => gateway.answer({ message })));
    expect(sent).toEqual(sent.map(() => ({ notificationId, state: "confirmed" })));
    answer = async () => ({ kind: "over" });
    expect(answered.parse(await gateway.answer({ message })).state).toBe("confirmed");
    const other = answerChange(gateway, person.phone, { notificationId, shown, decision: "decline" });
    await expect(other).rejects.toMatchObject({ code: "NOTIFICATION_CLOSED" });
  });

  test("fail/an answer over another text; repeated it is refused the same way, and the right one is accepted", async () => {
    const person = await makePerson(registry.pool);
    const found = await press(person);
    const wrong = { ...found, shown: `${found.shown} `, decision: "confirm" } as const;
    await expect(answerChange(gateway, person.phone, wrong)).rejects.toMatchObject({
      code: "SHOWN_MISMATCH",
    });
    const right = await answerChange(gateway, person.phone, { ...found, decision: "confirm" });
    expect(right.state).toBe("confirmed");
  });

  test("fail/another person's notification is indistinguishable from not found", async () => {
    const person = await makePerson(registry.pool);
    const stranger = await makePerson(registry.pool, { partyId: person.partyId });
    const found = await press(person);
    const closed = { code: "NOTIFICATION_CLOSED" };
    await expect(
      answerChange(gateway, stranger.phone, { ...found, decision: "confirm" }),
    ).rejects.toMatchObject(closed);
    const { rowCount } = await registry.pool.query("select 1 from answers where notification_id = $1", [
      found.notificationId,
    ]);
    expect(rowCount).toBe(0);
  });

  test("fail/the consent was withdrawn, or the notification closed", async () => {
    const person = await makePerson(registry.pool);
    const found = await press(person);
    await withdraw(registry.pool, person);
    const send = () => answerChange(gateway, person.phone, { ...found, decision: "confirm" });
    await expect(send()).rejects.toMatchObject({ code: "CONSENT_NOT_IN_FORCE" });
    await world.activities.closeNotification({ notificationId: found.notificationId, why: "cancelled" });
    await expect(send()).rejects.toMatchObject({ code: "NOTIFICATION_CLOSED" });
  });

  test("fail/no outcome in time: try again; the answer is kept and gets its outcome later", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId, shown } = await press(person);
    const content = {
      type: labels.answer,
      notificationId,
      decision: "confirm",
      shownSha256: await sha256(utf8(shown)),
    };
    const { message } = await signPhoneMessage(person.phone, content);
    answer = async () => ({ kind: "unanswered" });
    await expect(gateway.answer({ message })).rejects.toMatchObject({ code: "TRY_AGAIN" });
    // The lifecycle decides after the phone has gone.
    answer = async (given) => {
      await world.activities.recordAnswer(given);
      return { kind: "unanswered" };
    };
    expect((await gateway.answer({ message })).state).toBe("confirmed");
  });
});

describe("push subscriptions", () => {
  const keys = { p256dh: "A".repeat(87), auth: "A".repeat(22) };
  const web = (endpoint: string) => ({ kind: "web", endpoint, keys }) as const;

  test("ok/stored, replaced by the next, and deleted on demand; sealed at rest", async () => {
    const { phone, personId } = await makePerson(registry.pool);
    const read = async () =>
      (await readPushSubscriptions(registry.pool, sealer, personId)).map(({ address }) => address);
    await subscribeToPush(gateway, phone, web("https://push.example/a"));
    const apns = { kind: "apns", token: "0".repeat(64) } as const;
    expect(await subscribeToPush(gateway, phone, apns)).toEqual({ subscribed: true });
    expect(await read()).toEqual([apns]);
    const { rows } = await registry.pool.query(
      "select sealed from push_subscriptions where enrolment_id = $1",
      [phone.enrolmentId],
    );
    expect(rows[0].sealed.toString("latin1")).not.toContain("0000");
    expect(await subscribeToPush(gateway, phone, undefined)).toEqual({ subscribed: false });
    expect(await read()).toEqual([]);
  });

  test.each([
    ["brings no older address back", web("https://push.example/new")],
    ["undoes no end", undefined],
  ])("fail/a message sent again after a newer one %s", async (_, newer) => {
    const { phone, personId } = await makePerson(registry.pool);
    const content = { type: labels.pushSubscription, address: web("https://push.example/old") };
    const { message } = await signPhoneMessage(phone, content);
    await gateway.subscribeToPush({ message });
    await subscribeToPush(gateway, phone, newer);
    await registry.pool.query(
      "update enrolments set push_asked_at = push_asked_at + interval '10 seconds' where id = $1",
      [phone.enrolmentId],
    );
    await expect(gateway.subscribeToPush({ message })).rejects.toMatchObject({ code: "MESSAGE_STALE" });
    const kept = await readPushSubscriptions(registry.pool, sealer, personId);
    expect(kept.map(({ address }) => address)).toEqual(newer ? [newer] : []);
  });

  /** As a browser gives it. */
  const subscription = (endpoint: string) => ({ endpoint, expirationTime: null, keys });
  const windows = `https://wns2-xx.notify.windows.com/w/?token=${"a".repeat(600)}`;
  const longest = `https://push.example/${"a".repeat(2_027)}`;

  test.each([
    ["p1: a push service's address of 640 characters", web(windows), web(windows)],
    ["an address of 2,048 characters", web(longest), web(longest)],
    ["p2: with expirationTime", { kind: "web", ...subscription(windows) }, web(windows)],
    ["p2: what PushSubscription.toJSON() gives, and no more", subscription(windows), web(windows)],
    ["with a time at which it ends", { ...subscription(windows), expirationTime: 1.9e12 }, web(windows)],
  ])("ok/%s", async (_what, given, kept) => {
    const read = async ({ personId }: { personId: string }) =>
      (await readPushSubscriptions(registry.pool, sealer, personId)).map(({ address }) => address);
    const person = await makePerson(registry.pool);
    expect(await subscribeToPush(gateway, person.phone, given)).toEqual({ subscribed: true });
    expect(await read(person)).toEqual([kept]);
    // An app that signs it by itself, without the SDK.
    const other = await makePerson(registry.pool);
    const content: object = { type: labels.pushSubscription, address: given };
    await gateway.subscribeToPush({
      message: (await signPhoneMessage(other.phone, content as never)).message,
    });
    expect(await read(other)).toEqual([kept]);
  });

  test.each([
    ["2,049 characters", web(`${longest}a`)],
    ["no keys", { endpoint: windows, expirationTime: null }],
    ["another member", { ...subscription(windows), options: {} }],
    ["an end that is not a time", { ...subscription(windows), expirationTime: "soon" }],
    ["an invalid kind", { ...subscription(windows), kind: "toString" }],
  ])("bad/%s", async (_what, address) => {
    const { phone } = await makePerson(registry.pool);
    const { message } = await signPhoneMessage(phone, {
      type: labels.pushSubscription,
      address,
    } as never);
    await expect(gateway.subscribeToPush({ message })).rejects.toMatchObject({ code: "MALFORMED_REQUEST" });
  });

  test("fail/an endpoint that resolves to an internal address", async () => {
    const { phone, personId } = await makePerson(registry.pool);
    const forbidden = subscribeToPush(gateway, phone, web("https://inner.example/a"));
    await expect(forbidden).rejects.toMatchObject({ code: "STREAM_ENDPOINT_FORBIDDEN" });
    expect(await readPushSubscriptions(registry.pool, sealer, personId)).toEqual([]);
  });

  test("fail/a message of another type, signed by the same key", async () => {
    const { phone } = await makePerson(registry.pool);
    const { message } = await signPhoneMessage(phone, { type: labels.inbox });
    await expect(gateway.subscribeToPush({ message })).rejects.toMatchObject({ code: "MALFORMED_REQUEST" });
  });
});
