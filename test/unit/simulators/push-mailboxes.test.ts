import { expect, test } from "@jest/globals";
import { Mailboxes } from "../../../simulators/push-service/mailboxes.ts";

const never = new AbortController().signal;
const longMs = 30_000;

function makeBox() {
  const mailboxes = new Mailboxes();
  const box = mailboxes.open(undefined)!;
  const deliver = (body: string, ttlMs = 60_000) =>
    mailboxes.deliver(box, { body, topic: undefined, urgency: "normal", until: Date.now() + ttlMs });
  const take = async (waitMs = 0, gone = never) =>
    (await mailboxes.take(box, waitMs, gone)).map(({ body }) => body);
  return { mailboxes, box, deliver, take };
}

test("ok/a message goes to the phone that waits, once", async () => {
  const { deliver, take } = makeBox();
  const waiting = take(longMs);
  deliver("first");
  deliver("second");
  expect(await waiting).toEqual(["first"]);
  expect(await take()).toEqual(["second"]);
  expect(await take()).toEqual([]);
});

test("ok/without a time to live, only a phone that waits gets it", async () => {
  const { deliver, take } = makeBox();
  deliver("nobody waits", 0);
  expect(await take()).toEqual([]);
  const waiting = take(longMs);
  deliver("now", 0);
  expect(await waiting).toEqual(["now"]);
});

test("ok/nothing within the time a phone waits", async () => {
  const { deliver, take } = makeBox();
  expect(await take(1)).toEqual([]);
  deliver("later");
  expect(await take(1)).toEqual(["later"]);
});

test("ok/a phone that hung up loses nothing", async () => {
  const { deliver, take } = makeBox();
  const gone = new AbortController();
  const waiting = take(longMs, gone.signal);
  gone.abort();
  expect(await waiting).toEqual([]);
  deliver("after it");
  expect(await take(longMs, gone.signal)).toEqual(["after it"]);
  expect(await take(longMs, gone.signal)).toEqual([]);
});

test("ok/a phone's new poll replaces its earlier one", async () => {
  const { deliver, take } = makeBox();
  const earlier = take(longMs);
  const later = take(longMs);
  expect(await earlier).toEqual([]);
  deliver("message");
  expect(await later).toEqual(["message"]);
});

test("ok/a poll that waits at a mailbox ends when the mailbox is closed", async () => {
  const { mailboxes, box, take } = makeBox();
  const waiting = take(longMs);
  expect(mailboxes.close(box.id)).toBe(true);
  expect(await waiting).toEqual([]);
  expect([mailboxes.find(box.id), mailboxes.wasClosed(box.id)]).toEqual([undefined, true]);
  expect(mailboxes.close(box.id)).toBe(false);
});

test("fail/more mailboxes than there may be, until one is closed", () => {
  const { mailboxes, box } = makeBox();
  for (let n = 1; n < 2_000; n += 1) expect(mailboxes.open(undefined)).toBeDefined();
  expect(mailboxes.open(undefined)).toBeUndefined();
  mailboxes.close(box.id);
  expect(mailboxes.open(undefined)).toBeDefined();
});
