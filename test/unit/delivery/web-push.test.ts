import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import webPush from "web-push";
import { makeOutbound } from "../../../activities/delivery/outbound.ts";
import { largestPushBytes, PushFailed } from "../../../activities/delivery/push.ts";
import { webPushChannel } from "../../../activities/delivery/web-push.ts";
import type { PushAddress } from "../../../protocol/notification.ts";
import { makePushReceiver, type PushReceiver } from "../../../sandbox/devices/push-receiver.ts";
import { startPushService } from "../../../simulators/push-service/server.ts";
import { loopback, says, startReceiver } from "./receiver.ts";

const keys = webPush.generateVAPIDKeys();
const vapid = { subject: "mailto:operator@ca.example", ...keys };
const channel = webPushChannel({ vapid, outbound: makeOutbound({ allow: loopback }) });
const payload = Buffer.from('{"type":"change"}');
const options = { ttlSeconds: 60 };

let service: Awaited<ReturnType<typeof startPushService>>;
let phone: PushReceiver;
const address = (): PushAddress => ({ kind: "web", ...phone.subscription });

beforeAll(async () => {
  service = await startPushService({});
});
afterAll(() => service.close());
beforeEach(async () => {
  phone = await makePushReceiver(service.url, keys.publicKey);
});

const fault = (body: object) =>
  fetch(`${service.url}/control/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("ok/the phone reads what was pushed, once and in order", async () => {
  expect(await channel.send(address(), payload, options)).toEqual({ kind: "sent" });
  expect(await channel.send(address(), Buffer.from("second"), options)).toEqual({ kind: "sent" });
  expect((await phone.next(0))?.toString()).toBe('{"type":"change"}');
  expect((await phone.next(0))?.toString()).toBe("second");
  expect(await phone.next(0)).toBeUndefined();
});

test("ok/a waiting phone gets it at once", async () => {
  const waiting = phone.next(20);
  expect(await channel.send(address(), payload, options)).toEqual({ kind: "sent" });
  expect((await waiting)?.toString()).toBe('{"type":"change"}');
});

test("ok/the largest message passes; fail/one byte more is not sent", async () => {
  const largest = Buffer.alloc(largestPushBytes, "a");
  expect(await channel.send(address(), largest, options)).toEqual({ kind: "sent" });
  expect(await phone.next(0)).toEqual(largest);
  const larger = Buffer.alloc(largestPushBytes + 1);
  expect(await channel.send(address(), larger, options)).toEqual({ kind: "too-large" });
  expect(await phone.next(0)).toBeUndefined();
});

test("ok/a later message of the same topic replaces the waiting one", async () => {
  const topic = "0123456789abcdef0123456789abcdef";
  for (const text of ["old", "new"])
    await channel.send(address(), Buffer.from(text), { ...options, topic, urgency: "high" });
  await channel.send(address(), Buffer.from("another"), options);
  expect((await phone.next(0))?.toString()).toBe("new");
  expect((await phone.next(0))?.toString()).toBe("another");
  expect(await phone.next(0)).toBeUndefined();
});

test("ok/the request is encrypted, signed with the engine's key, and for this push service only", async () => {
  const receiver = await startReceiver(says(201));
  try {
    const { keys: subscribed } = phone.subscription;
    const named: PushAddress = { kind: "web", endpoint: `${receiver.url}/push/1`, keys: subscribed };
    const sent = await channel.send(named, payload, { ttlSeconds: 7, topic: "t", urgency: "high" });
    expect(sent).toEqual({ kind: "sent" });
    const [{ path, headers, body }] = receiver.received as [(typeof receiver.received)[0]];
    expect(path).toBe("/push/1");
    expect(headers).toMatchObject({
      "content-encoding": "aes128gcm",
      ttl: "7",
      topic: "t",
      urgency: "high",
    });
    expect(body).not.toContain("change");
    const [, token = "", key] = /^vapid t=(.+), k=(.+)$/.exec(headers.authorization ?? "") ?? [];
    expect(key).toBe(keys.publicKey);
    const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
    expect(claims).toEqual({ aud: receiver.url, exp: expect.any(Number), sub: vapid.subject });
  } finally {
    await receiver.close();
  }
});

test("ok/the audience has no default port", async () => {
  const posted: { url: string; authorization: string }[] = [];
  const watched = webPushChannel({
    vapid,
    outbound: {
      async post(url, { headers }) {
        posted.push({ url, authorization: headers["Authorization"] ?? "" });
        return { status: 201, headers: {}, body: Buffer.alloc(0) };
      },
    },
  });
  const endpoint = "https://push.example:443/1";
  await watched.send({ kind: "web", endpoint, keys: phone.subscription.keys }, payload, options);
  const claims = posted[0]!.authorization.split(".")[1]!;
  expect(JSON.parse(Buffer.from(claims, "base64url").toString()).aud).toBe("https://push.example");
});

test("ok/an ended subscription is gone, and so is an unknown one", async () => {
  const known = address();
  await phone.close();
  expect(await channel.send(known, payload, options)).toEqual({ kind: "gone" });
  const never: PushAddress = { kind: "web", ...phone.subscription, endpoint: `${service.url}/push/none` };
  expect(await channel.send(never, payload, options)).toEqual({ kind: "gone" });
});

test("ok/a key that is not a point on the curve is refused for good", async () => {
  const p256dh = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]).toString("base64url");
  const broken: PushAddress = {
    kind: "web",
    ...phone.subscription,
    keys: { ...phone.subscription.keys, p256dh },
  };
  expect(await channel.send(broken, payload, options)).toEqual({ kind: "gone" });
});

test("ok/413 of the push service", async () => {
  await fault({ status: 413, times: 1 });
  expect(await channel.send(address(), payload, options)).toEqual({ kind: "too-large" });
});

test.each([
  [{ status: 429, retryAfter: 9 }, 9_000],
  [{ status: 503, retryAfter: 0 }, undefined],
  [{ status: 500 }, undefined],
  [{ status: 403 }, undefined],
])("fail/the push service says %j: later", async (said, retryAfterMs) => {
  await fault({ ...said, times: 1 });
  const failed = await channel.send(address(), payload, options).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(PushFailed);
  expect((failed as PushFailed).retryAfterMs).toBe(retryAfterMs);
  expect(await channel.send(address(), payload, options)).toEqual({ kind: "sent" });
});

test("fail/another sender than the one the phone subscribed to", async () => {
  const other = webPushChannel({
    vapid: { subject: vapid.subject, ...webPush.generateVAPIDKeys() },
    outbound: makeOutbound({ allow: loopback }),
  });
  const failed = await other.send(address(), payload, options).catch((error: unknown) => error);
  expect((failed as PushFailed).message).toBe("The push service answered HTTP 403.");
  expect(await phone.next(0)).toBeUndefined();
});

test("fail/a phone of another platform", async () => {
  const apns: PushAddress = { kind: "apns", token: "a".repeat(64) };
  await expect(channel.send(apns, payload, options)).rejects.toThrow(TypeError);
});
