import { afterEach, describe, expect, test } from "@jest/globals";
import { X509Certificate, X509Crl, X509CrlReason } from "@peculiar/x509";
import { decodeJwt } from "jose";
import { changeConsent } from "../../client/app/consent-change.ts";
import { listConsents } from "../../client/app/consent-list.ts";
import { freezeNewPhone } from "../../client/app/freeze.ts";
import { Gateway } from "../../client/app/gateway.ts";
import { readInbox } from "../../client/app/inbox.ts";
import { openLogin } from "../../client/app/login.ts";
import { activate, type Enrolled } from "../../client/app/one-tap.ts";
import type { PhoneEnrolment } from "../../client/app/phone-message.ts";
import { subscribeToPush } from "../../client/app/push-subscription.ts";
import { revokeOwnCertificate } from "../../client/app/revocation.ts";
import { makePushReceiver, type PushReceiver } from "../../sandbox/devices/push-receiver.ts";
import { BankLogin, read } from "./bank-login.ts";
import { crlOf } from "./crl-of.ts";
import { opensslOn } from "./openssl.ts";
import { partyClient } from "./party.ts";
import { Phone, type Wishes } from "./phone.ts";
import { eventually } from "./resident.ts";
import { rows, stack } from "./stack.ts";

const gateway = new Gateway(stack.gateway);
const stopped = { ocsp: "revoked", crl: "revoked" };
const good = { ocsp: "good", crl: "good" };
const untrusted = { code: "MESSAGE_UNTRUSTED" };
const closed = { code: "FREEZE_CLOSED", status: 409 };

interface Held {
  enrolled: Enrolled;
  phone: PhoneEnrolment;
  card: Phone["card"];
}

/** A phone enrolled with a card, and what its app keeps. */
async function hold(phone: Phone, wishes: Wishes = {}): Promise<Held> {
  const enrolled = await phone.enrolled(wishes);
  const { issuer } = await gateway.configuration();
  const kept = { enrolmentId: enrolled.enrolmentId, deviceKey: phone.key, issuer };
  return { enrolled, phone: kept, card: phone.card };
}
const somebody = async (wishes?: Wishes) => hold(await Phone.new(), wishes);
const holding = async ({ card }: Held, wishes?: Wishes) => hold(await Phone.holding(card), wishes);
const newPhone = (old: Held, wishes: Wishes = {}) => holding(old, { intent: "replace", ...wishes });

const newPhones = async ({ phone }: Held) => (await readInbox(gateway, phone)).newPhones;
const noticeOf = async (held: Held): Promise<string> => (await newPhones(held))[0]!.noticeId;
const freeze = ({ phone }: Held, noticeId: string) => freezeNewPhone(gateway, phone, noticeId);

/** A phone that was announced, and has stood for 72 hours since. */
async function known(held: Held): Promise<Held> {
  const { enrolmentId } = held.enrolled;
  await rows("delete from certificate_notices where about = $1", [enrolmentId]);
  await rows("update enrolments set is_first_phone = true where id = $1", [enrolmentId]);
  return held;
}

async function enrolment({ enrolled }: Held) {
  const [row] = await rows<{ person_id: string; state: string; binding: string | null; pseudonym: string }>(
    "select person_id, state, binding, pseudonym from enrolments where id = $1",
    [enrolled.enrolmentId],
  );
  return row!;
}

/** OpenSSL has no word for this one. */
async function reasonOnCrl({ enrolled: { certificate } }: Held) {
  const { serialNumber } = new X509Certificate(new Uint8Array(certificate));
  return new X509Crl(await crlOf(certificate)).findRevoked(serialNumber)?.reason;
}

const receivers: PushReceiver[] = [];
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});
async function pushesTo({ phone }: Held): Promise<PushReceiver> {
  const { vapidPublicKey } = await gateway.configuration();
  const receiver = await makePushReceiver(stack.pushService, vapidPublicKey!);
  receivers.push(receiver);
  await subscribeToPush(gateway, phone, { kind: "web", ...receiver.subscription });
  return receiver;
}
const pushed = async (receiver: PushReceiver, seconds = 20): Promise<unknown> => {
  const push = await receiver.next(seconds);
  return push && JSON.parse(push.toString());
};

describe("a new phone", () => {
  test("ok/every phone of the person is notified by push and inbox; the other party's app does not learn where", async () => {
    const old = await somebody();
    const elsewhere = await known(await holding(old, { party: "midori-clinic" }));
    expect(await newPhones(elsewhere)).toEqual([]);
    const receivers = [await pushesTo(old), await pushesTo(elsewhere)];
    const fresh = await newPhone(old);
    for (const receiver of receivers) expect(await pushed(receiver)).toEqual({ type: "new-phone" });

    const [atOld] = (await newPhones(old)).filter(({ where }) => where === "here");
    const [atOther] = await newPhones(elsewhere);
    expect(atOld).toMatchObject({ where: "here", stopped: false });
    expect(atOther).toEqual({
      noticeId: expect.any(String),
      where: "elsewhere",
      at: expect.stringMatching(/:00:00\.000Z$/),
      stopped: false,
      mayStop: true,
      datedBy: "hour",
    });
    expect(atOther?.noticeId).not.toBe(atOld?.noticeId);
    const inbox = JSON.stringify(await readInbox(gateway, elsewhere.phone));
    for (const trace of ["abc-bank", fresh.enrolled.enrolmentId, fresh.enrolled.subject])
      expect(inbox).not.toContain(trace);
    expect(await newPhones(fresh)).toEqual([]);
  });

  test("ok/a second phone beside the first is one as well", async () => {
    const old = await somebody();
    const second = await holding(old);
    expect(await newPhones(old)).toMatchObject([{ where: "here" }]);
    await freeze(old, await noticeOf(old));
    expect(await opensslOn(second.enrolled)).toEqual(stopped);
    expect(await opensslOn(old.enrolled)).toEqual(good);
  });
});

describe("this was not me", () => {
  test("ok/the phone is revoked and refused, and the party gets an event; the person's own tap restores everything", async () => {
    const party = await partyClient();
    const { body } = await party.call("POST", "/ssf/streams", {});
    const site = await BankLogin.of({ partyId: party.partyId });
    const old = await somebody({ party: party.partyId, binding: "customer-9" });
    const thief = await newPhone(old, { party: party.partyId });
    const noticeId = await noticeOf(old);
    expect(await freeze(old, noticeId)).toEqual({ noticeId, stopped: true });

    expect(await opensslOn(thief.enrolled)).toEqual(stopped);
    expect(await reasonOnCrl(thief)).toBe(X509CrlReason.privilegeWithdrawn);
    await expect(readInbox(gateway, thief.phone)).rejects.toMatchObject(untrusted);
    const link = read((await site.begin()).page).here;
    await expect(openLogin(gateway, thief.phone, { link })).rejects.toMatchObject(untrusted);
    const received: string[] = [];
    let ack: string[] = [];
    await eventually(async () => {
      const path = `/ssf/poll/${String(body["stream_id"])}`;
      const { body: polled } = await party.call("POST", path, { ack, returnImmediately: true });
      const sets = polled["sets"] as Record<string, string>;
      ack = Object.keys(sets);
      received.push(...Object.values(sets).map((set) => JSON.stringify(decodeJwt(set))));
      return received.length >= 2 ? true : undefined;
    });
    for (const [index, change] of ["update", "revoke"].entries())
      expect(received[index]).toContain(`"change_type":"${change}"`);
    expect(await newPhones(old)).toMatchObject([{ noticeId, stopped: true }]);
    expect(await freeze(old, noticeId)).toEqual({ noticeId, stopped: true });

    const again = await newPhone(old, { party: party.partyId });
    const [before, after] = [await enrolment(old), await enrolment(again)];
    expect(after).toMatchObject({ state: "active", binding: "customer-9", person_id: before.person_id });
    expect(after.pseudonym).toBe(before.pseudonym);
    expect(await opensslOn(again.enrolled)).toEqual(good);
    // The former press said nothing of this one, of which the old phone is notified anew, and which it cannot stop.
    await freeze(old, noticeId);
    const notices = await newPhones(old);
    expect(notices).toMatchObject([
      { stopped: false, mayStop: false },
      { noticeId, stopped: true },
    ]);
    await expect(freeze(old, notices[0]!.noticeId)).rejects.toMatchObject(closed);
    expect(await enrolment(again)).toMatchObject({ state: "active" });
    expect(
      await rows("select act, detail from audit_lines where subject = $1 and act = 'enrolment-frozen'", [
        thief.enrolled.enrolmentId,
      ]),
    ).toEqual([{ act: "enrolment-frozen", detail: { by: old.enrolled.enrolmentId } }]);
  });

  test("ok/pressed on a phone at another party; consents stay in force", async () => {
    const old = await somebody({ agree: ["terms", "register-refresh", "disclosure"] });
    const kinds = async ({ phone }: Held) =>
      (await listConsents(gateway, phone)).filter(({ state }) => state === "in-force").length;
    await eventually(async () => ((await kinds(old)) === 2 ? true : undefined));
    const elsewhere = await known(await holding(old, { party: "midori-clinic" }));
    const thief = await newPhone(old, { agree: ["terms"] });
    const noticeId = await noticeOf(elsewhere);
    expect(await freeze(elsewhere, noticeId)).toEqual({ noticeId, stopped: true });
    expect(await opensslOn(thief.enrolled)).toEqual(stopped);
    // The other channel may press too: it is done already.
    await freeze(old, await noticeOf(old));
    const again = await newPhone(old, { agree: ["terms"] });
    expect(await kinds(again)).toBe(2);
  });

  test("ok/a thief who goes on to a second phone is stopped there too", async () => {
    const old = await somebody({ binding: "customer-10" });
    const first = await newPhone(old);
    const second = await newPhone(first);
    await freeze(old, await noticeOf(old));
    expect(await opensslOn(second.enrolled)).toEqual(stopped);
    await expect(readInbox(gateway, first.phone)).rejects.toMatchObject(untrusted);
    const again = await newPhone(old);
    expect(await enrolment(again)).toMatchObject({ state: "active", binding: "customer-10" });
    // Neither of the thief's phones is asked about the person's own.
    expect(
      await rows("select enrolment_id from certificate_notices where about = $1", [
        again.enrolled.enrolmentId,
      ]),
    ).toEqual([{ enrolment_id: old.enrolled.enrolmentId }]);
  });

  test("ok/pressed while the thief's next certificate is being issued: in either order none stays valid", async () => {
    for (let round = 0; round < 4; round += 1) {
      const old = await somebody();
      const first = await newPhone(old);
      const noticeId = await noticeOf(old);
      const next = await (await Phone.holding(old.card)).applied({ intent: "replace" });
      const [issued, answer] = await Promise.allSettled([activate(next), freeze(old, noticeId)]);
      expect(answer).toMatchObject({ status: "fulfilled" });
      const active = await rows(
        `select e.id from enrolments e join certificates c on c.enrolment_id = e.id
         left join revocations r on r.serial = c.serial
         where e.person_id = $1 and (e.state in ('active', 'applied') or r.serial is null)`,
        [(await enrolment(first)).person_id],
      );
      expect([issued.status, active]).toEqual([issued.status, []]);
    }
  });

  test("ok/revoked by another act before: the press is answered, and the first reason is kept", async () => {
    const old = await somebody();
    const thief = await newPhone(old);
    await revokeOwnCertificate(gateway, thief.phone, "cessationOfOperation");
    const noticeId = await noticeOf(old);
    expect(await freeze(old, noticeId)).toEqual({ noticeId, stopped: true });
    expect(await opensslOn(thief.enrolled)).toMatchObject({ reason: "cessationOfOperation" });
  });
});

describe("presses that are refused", () => {
  test("fail/by the new phone itself, by another person, with an unknown notice", async () => {
    const old = await somebody();
    const fresh = await newPhone(old);
    const noticeId = await noticeOf(old);
    const stranger = await somebody();
    await expect(freeze(fresh, noticeId)).rejects.toMatchObject(closed);
    await expect(freeze(stranger, noticeId)).rejects.toMatchObject(closed);
    await expect(freeze(old, crypto.randomUUID())).rejects.toMatchObject(closed);
    const forged = { ...old, phone: { ...old.phone, deviceKey: stranger.phone.deviceKey } };
    await expect(freeze(forged, noticeId)).rejects.toMatchObject(untrusted);
    expect(await opensslOn(fresh.enrolled)).toEqual(good);
  });

  test("fail/after 72 hours: an active phone gets FREEZE_CLOSED, the key of a replaced one is not accepted", async () => {
    const old = await somebody();
    const elsewhere = await known(await holding(old, { party: "midori-clinic" }));
    const fresh = await newPhone(old);
    const [atOld, atOther] = [await noticeOf(old), await noticeOf(elsewhere)];
    await rows(
      `update certificate_notices set created_at = created_at - interval '73 hours',
         due_at = due_at - interval '73 hours', told_at = now() - interval '73 hours' where about = $1`,
      [fresh.enrolled.enrolmentId],
    );
    await expect(freeze(elsewhere, atOther)).rejects.toMatchObject(closed);
    expect(await newPhones(elsewhere)).toEqual([]);
    await expect(freeze(old, atOld)).rejects.toMatchObject(untrusted);
    await expect(readInbox(gateway, old.phone)).rejects.toMatchObject(untrusted);
    expect(await opensslOn(fresh.enrolled)).toEqual(good);
  });

  test("fail/a replaced phone can neither read nor do anything else", async () => {
    const old = await somebody({ agree: ["terms", "register-refresh", "disclosure"] });
    await eventually(async () => ((await listConsents(gateway, old.phone)).length === 2 ? true : undefined));
    const [consent] = await listConsents(gateway, old.phone);
    await newPhone(old);
    const { phone } = old;
    const link = `${stack.gateway}/login/${crypto.randomUUID()}?via=link`;
    const { consentId, kind, revision, attributes } = consent!;
    const acts = [
      () => listConsents(gateway, phone),
      () => changeConsent(gateway, phone, { act: "withdraw", kind, consentId, revision, attributes }),
      () => openLogin(gateway, phone, { link }),
      () => revokeOwnCertificate(gateway, phone, "unspecified"),
      () => subscribeToPush(gateway, phone, undefined),
    ];
    for (const act of acts) await expect(act()).rejects.toMatchObject(untrusted);
    const { newPhones: shown, ...rest } = await readInbox(gateway, phone);
    expect(shown).toHaveLength(1);
    const nothing = { open: [], settled: [], certificates: [], logins: [], consents: [], linkRequests: [] };
    expect(rest).toEqual(nothing);
  });
});
