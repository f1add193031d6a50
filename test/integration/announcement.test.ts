import { afterEach, describe, expect, test } from "@jest/globals";
import { freezeNewPhone } from "../../client/app/freeze.ts";
import { Gateway } from "../../client/app/gateway.ts";
import { readInbox } from "../../client/app/inbox.ts";
import type { Enrolled } from "../../client/app/one-tap.ts";
import type { PhoneEnrolment } from "../../client/app/phone-message.ts";
import { subscribeToPush } from "../../client/app/push-subscription.ts";
import { makePushReceiver, type PushReceiver } from "../../sandbox/devices/push-receiver.ts";
import { BankLogin } from "./bank-login.ts";
import { Phone, type Wishes } from "./phone.ts";
import { refusalOf } from "./refused.ts";
import { eventually } from "./resident.ts";
import { rows, stack } from "./stack.ts";

/** A person's first enrolment at one more party is announced on their other phones, and stops nobody before that. */

const gateway = new Gateway(stack.gateway);

interface Held {
  enrolled: Enrolled;
  phone: PhoneEnrolment;
  card: Phone["card"];
}

async function hold(phone: Phone, wishes: Wishes): Promise<Held> {
  const enrolled = await phone.enrolled({ agree: ["terms"], ...wishes });
  const { issuer } = await gateway.configuration();
  return {
    enrolled,
    phone: { enrolmentId: enrolled.enrolmentId, deviceKey: phone.key, issuer },
    card: phone.card,
  };
}
const somebody = async (wishes: Wishes = {}) => hold(await Phone.new(), wishes);
const holding = async ({ card }: Held, wishes: Wishes = {}) => hold(await Phone.holding(card), wishes);
const newPhones = async ({ phone }: Held) => (await readInbox(gateway, phone)).newPhones;
const freeze = ({ phone }: Held, noticeId: string, more?: Parameters<typeof freezeNewPhone>[3]) =>
  freezeNewPhone(gateway, phone, noticeId, more);
const isStopped = async ({ phone }: Held) =>
  (await refusalOf(readInbox(gateway, phone))) === "MESSAGE_UNTRUSTED";

/** The new-phone notices of a phone, once it has as many. */
const noticesOf = (held: Held, count = 1) =>
  eventually(async () => {
    const found = await newPhones(held);
    return found.length >= count ? found : undefined;
  });
/** The announcement of an enrolment has left, and has stood for 72 hours since. */
const stoodForLong = async ({ enrolled }: Held): Promise<void> => {
  await eventually(async () => {
    const { rowCount } = await rowsOf(
      "select 1 from certificate_notices where about = $1 and told_at is not null",
    );
    return rowCount > 0 ? true : undefined;
  });
  await rowsOf(
    `update certificate_notices set created_at = created_at - interval '73 hours', due_at = due_at - interval '73 hours',
       told_at = told_at - interval '73 hours' where about = $1`,
  );
  async function rowsOf(sql: string) {
    return { rowCount: (await rows(sql, [enrolled.enrolmentId])).length };
  }
};

const receivers: PushReceiver[] = [];
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});

describe("a phone that no other phone was notified of", () => {
  test("bad/gets no question about the person's new phones, and can stop none", async () => {
    const own = await somebody();
    const thief = await holding(own, { party: "midori-clinic" });
    const fresh = await holding(own, { intent: "replace" });
    expect(await newPhones(thief)).toEqual([]);
    const [notice] = await newPhones(own);
    expect(await refusalOf(freeze(thief, notice!.noticeId))).toBe("FREEZE_CLOSED");
    expect(await isStopped(fresh)).toBe(false);
  });

  test("bad/nor about one that replaces it at its own party", async () => {
    const own = await somebody();
    const thief = await holding(own, { party: "midori-clinic" });
    const fresh = await holding(own, { party: "midori-clinic", intent: "replace" });
    const [notice] = await newPhones(thief).catch(() => []);
    expect(await refusalOf(freeze(thief, notice?.noticeId ?? crypto.randomUUID()))).toMatch(
      /FREEZE_CLOSED|MESSAGE_UNTRUSTED/,
    );
    expect(await isStopped(fresh)).toBe(false);
    expect(await newPhones(own)).toContainEqual(
      expect.objectContaining({ where: "elsewhere", datedBy: "hour", mayStop: true }),
    );
  });

  test("ok/is announced by push and inbox, dated by the day; the person stops it", async () => {
    const own = await somebody();
    const { vapidPublicKey } = await gateway.configuration();
    const receiver = await makePushReceiver(stack.pushService, vapidPublicKey!);
    receivers.push(receiver);
    await subscribeToPush(gateway, own.phone, { kind: "web", ...receiver.subscription });
    const thief = await holding(own, { party: "midori-clinic" });
    const push = await receiver.next(60);
    expect(push && JSON.parse(push.toString())).toEqual({ type: "new-phone" });
    const [notice] = await noticesOf(own);
    // Midnight in Japan, and no more.
    expect(notice).toMatchObject({
      where: "elsewhere",
      stopped: false,
      at: expect.stringMatching(/T15:00:00\.000Z$/),
    });
    await freeze(own, notice!.noticeId);
    expect(await isStopped(thief)).toBe(true);
  });
});

describe("a phone 72 hours after its announcement", () => {
  test("ok/is asked about other phones; a phone that it stopped comes back by one tap, on which it has no vote", async () => {
    const own = await somebody();
    const other = await holding(own, { party: "midori-clinic" });
    await stoodForLong(other);
    const fresh = await holding(own, { intent: "replace" });
    const [asked] = await newPhones(other);
    await freeze(other, asked!.noticeId);
    expect(await isStopped(fresh)).toBe(true);

    const again = await holding(own, { intent: "replace" });
    const [noticesOf] = (await newPhones(other)).filter(({ stopped }) => !stopped);
    expect(await refusalOf(freeze(other, noticesOf?.noticeId ?? crypto.randomUUID()))).toBe("FREEZE_CLOSED");
    expect(await isStopped(again)).toBe(false);
    // Announced anew, to the phones that did not stop it.
    expect((await newPhones(own)).map(({ stopped }) => stopped)).toEqual([false, true]);
  });
});

describe("more new phones than are shown", () => {
  test("ok/stopped phones make room for the others: every one is shown", async () => {
    const own = await somebody();
    const first = await holding(own);
    for (let count = 0; count < 16; count += 1) await holding(own);
    for (let round = 0; round < 2; round += 1)
      for (const { noticeId, stopped } of await newPhones(own)) if (!stopped) await freeze(own, noticeId);
    expect(await isStopped(first)).toBe(true);
  });

  test("ok/one act stops the phone in question and every newer one, at every party, announced or not", async () => {
    const own = await somebody();
    const known = await holding(own, { party: "midori-clinic" });
    const thieves = [await holding(own), await holding(own)];
    const elsewhere = await BankLogin.of();
    thieves.push(await holding(own, { party: elsewhere.partyId }));
    const oldest = (await newPhones(own)).filter(({ where }) => where === "here").at(-1)!;
    await freeze(own, oldest.noticeId, { newer: true });
    expect(await Promise.all(thieves.map(isStopped))).toEqual([true, true, true]);
    expect(await Promise.all([own, known].map(isStopped))).toEqual([false, false]);
    // Said again, it leaves alone what the person set up since.
    const again = await holding(own, { party: elsewhere.partyId, intent: "replace" });
    await freeze(own, oldest.noticeId, { newer: true });
    expect(await isStopped(again)).toBe(false);
  });
});
