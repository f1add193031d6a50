import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { SignJWT } from "jose";
import { startPushService } from "../../../simulators/push-service/server.ts";
import { call } from "./jlis-client.ts";

/** A sender with a key of its own, that says who it is as RFC 8292 has it. */
async function makeSender() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const publicKey = Buffer.from(await crypto.subtle.exportKey("raw", pair.publicKey)).toString("base64url");
  const authorization = async (audience: string, more: { exp?: string; sub?: string; k?: string } = {}) => {
    const { exp = "12h", sub = "mailto:a@ca.example", k = publicKey } = more;
    const claims = new SignJWT(sub === "" ? {} : { sub }).setProtectedHeader({ typ: "JWT", alg: "ES256" });
    const token = await claims.setAudience(audience).setExpirationTime(exp).sign(pair.privateKey);
    return `vapid t=${token}, k=${k}`;
  };
  return { publicKey, authorization };
}

let service: Awaited<ReturnType<typeof startPushService>>;
let sender: Awaited<ReturnType<typeof makeSender>>;
beforeAll(async () => {
  service = await startPushService({});
  sender = await makeSender();
});
afterAll(() => service.close());

interface Subscription {
  id: string;
  endpoint: string;
  inbox: string;
}

const subscribe = async (vapidPublicKey?: string, url = service.url): Promise<Subscription> => {
  const made = await call(url, "POST", "/subscriptions", vapidPublicKey ? { vapidPublicKey } : {});
  expect(made.status).toBe(201);
  return made.body;
};

/** Pushes as a sender does; a header of `undefined` is left out. */
async function push(
  endpoint: string,
  given: Record<string, string | undefined> = {},
  body: string | Uint8Array<ArrayBuffer> = "message",
) {
  const headers: Record<string, string | undefined> = {
    ttl: "60",
    "content-encoding": "aes128gcm",
    "content-type": "application/octet-stream",
    authorization: await sender.authorization(new URL(endpoint).origin),
    ...given,
  };
  const present = Object.entries(headers).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const response = await fetch(endpoint, { method: "POST", headers: Object.fromEntries(present), body });
  const text = await response.text();
  const error = text === "" ? undefined : (JSON.parse(text) as { error: string }).error;
  return { status: response.status, headers: response.headers, error };
}

const read = async ({ inbox }: Subscription, wait = 0): Promise<string[]> => {
  const response = await fetch(`${inbox}?wait=${wait}`);
  const { messages } = (await response.json()) as { messages: { body: string }[] };
  return messages.map(({ body }) => Buffer.from(body, "base64").toString());
};

test("ok/a message is kept until the phone takes it, and then forgotten", async () => {
  const phone = await subscribe(sender.publicKey);
  const { status, headers } = await push(phone.endpoint);
  expect(status).toBe(201);
  expect(headers.get("location")).toMatch(new RegExp(`^${service.url}/messages/[\\w-]{24}$`));
  expect(headers.get("ttl")).toBe("60");
  expect(await read(phone)).toEqual(["message"]);
  expect(await read(phone)).toEqual([]);
});

test("ok/4096 bytes are taken; fail/one more is 413", async () => {
  const phone = await subscribe();
  expect((await push(phone.endpoint, {}, new Uint8Array(4_096))).status).toBe(201);
  expect((await push(phone.endpoint, {}, new Uint8Array(4_097))).status).toBe(413);
  expect((await read(phone)).map(({ length }) => length)).toEqual([4_096]);
});

test("ok/a topic replaces what was not delivered, and nothing else", async () => {
  const phone = await subscribe();
  await push(phone.endpoint, { topic: "a" }, "a1");
  await push(phone.endpoint, { topic: "b" }, "b1");
  await push(phone.endpoint, {}, "plain 1");
  await push(phone.endpoint, {}, "plain 2");
  await push(phone.endpoint, { topic: "a" }, "a2");
  expect(await read(phone)).toEqual(["b1", "plain 1", "plain 2", "a2"]);
});

test("ok/the oldest of too many messages goes", async () => {
  const phone = await subscribe();
  for (let n = 1; n <= 17; n += 1) await push(phone.endpoint, {}, `message ${n}`);
  const found = await read(phone);
  expect([found.length, found[0], found.at(-1)]).toEqual([16, "message 2", "message 17"]);
});

test("ok/mailboxes outlive a restart, and so does what was ended", async () => {
  const directory = await mkdtemp(join(tmpdir(), "push-service-"));
  try {
    const first = await startPushService({ directory });
    const phone = await subscribe(undefined, first.url);
    const ended = await subscribe(undefined, first.url);
    await push(phone.endpoint);
    await call(first.url, "DELETE", `/subscriptions/${ended.id}`);
    await first.close();
    expect((await stat(join(directory, "mailboxes.json"))).mode & 0o777).toBe(0o600);

    const second = await startPushService({ directory, port: Number(new URL(first.url).port) });
    try {
      expect(await read(phone)).toEqual(["message"]);
      expect((await push(ended.endpoint)).status).toBe(410);
    } finally {
      await second.close();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("ok/faults are played so many times, or until they are lifted", async () => {
  const { endpoint } = await subscribe();
  await call(service.url, "POST", "/control/faults", { status: 429, times: 2, retryAfter: 5 });
  const faulty = await push(endpoint);
  expect([faulty.status, faulty.headers.get("retry-after")]).toEqual([429, "5"]);
  expect((await push(endpoint)).status).toBe(429);
  expect((await push(endpoint)).status).toBe(201);
  await call(service.url, "POST", "/control/faults", { status: 503 });
  expect((await push(endpoint)).status).toBe(503);
  expect((await call(service.url, "DELETE", "/control/faults")).status).toBe(204);
  expect((await push(endpoint)).status).toBe(201);
  expect((await call(service.url, "POST", "/control/faults", { status: 200 })).status).toBe(400);
});

test("fail/a subscription that never was is 404, one that was ended 410", async () => {
  const phone = await subscribe();
  expect(await push(`${service.url}/push/never`)).toMatchObject({ status: 404, error: "NO_SUBSCRIPTION" });
  expect((await call(service.url, "DELETE", `/subscriptions/${phone.id}`)).status).toBe(204);
  expect(await push(phone.endpoint)).toMatchObject({ status: 410, error: "GONE" });
  expect((await call(service.url, "DELETE", `/subscriptions/${phone.id}`)).status).toBe(404);
  expect((await fetch(phone.inbox)).status).toBe(404);
});

test("fail/the sender's address does not read the phone's messages", async () => {
  const phone = await subscribe();
  await push(phone.endpoint);
  expect((await fetch(`${service.url}/inbox/${phone.id}`)).status).toBe(404);
  expect(await read(phone)).toEqual(["message"]);
});

test.each([
  ["no TTL", { ttl: undefined }, "TTL_MISSING"],
  ["a TTL that is not a number", { ttl: "-1" }, "TTL_MISSING"],
  ["no encryption", { "content-encoding": undefined }, "NOT_ENCRYPTED"],
  ["the encoding of a draft", { "content-encoding": "aesgcm" }, "NOT_ENCRYPTED"],
  ["a topic of 33 characters", { topic: "a".repeat(33) }, "TOPIC_INVALID"],
  ["a topic of other letters", { topic: "a b" }, "TOPIC_INVALID"],
  ["an unknown urgency", { urgency: "now" }, "URGENCY_INVALID"],
])("fail/%s", async (_what, headers, error) => {
  const phone = await subscribe();
  expect(await push(phone.endpoint, headers)).toMatchObject({ status: 400, error });
  expect(await read(phone)).toEqual([]);
});

test("fail/a sender who is not who they say", async () => {
  const phone = await subscribe(sender.publicKey);
  const other = await makeSender();
  const mine = (more: Parameters<typeof sender.authorization>[1], audience = service.url) =>
    sender.authorization(audience, more);
  const refused: [string, string | undefined, number][] = [
    ["nobody", undefined, 401],
    ["another scheme", "Bearer abc", 401],
    ["another push service", await mine({}, "https://push.example"), 401],
    ["ended", await mine({ exp: "-1s" }), 401],
    ["longer than a day", await mine({ exp: "25h" }), 401],
    ["no contact", await mine({ sub: "" }), 401],
    ["my signature under another key", await mine({ k: other.publicKey }), 401],
    ["a key that is not a point", await mine({ k: "A".repeat(87) }), 401],
    ["another sender", await other.authorization(service.url), 403],
  ];
  for (const [who, authorization, status] of refused) {
    const answer = await push(phone.endpoint, { authorization });
    expect([who, answer.status]).toEqual([who, status]);
    expect(answer.headers.get("www-authenticate")).toBe(status === 401 ? "vapid" : null);
  }
  expect(await read(phone)).toEqual([]);
});

test.each([
  ["a key of another length", { vapidPublicKey: "A".repeat(86) }],
  ["an unknown member", { extra: 1 }],
])("fail/a subscription with %s", async (_what, body) => {
  expect(await call(service.url, "POST", "/subscriptions", body)).toMatchObject({
    status: 400,
    body: { error: "MALFORMED_REQUEST" },
  });
});

test("fail/waiting longer than half a minute", async () => {
  const { inbox } = await subscribe();
  expect((await fetch(`${inbox}?wait=31`)).status).toBe(400);
});
