import { describe, expect, test } from "@jest/globals";
import {
  changeConsent,
  signConsentChange,
  type WantedChange,
  withdrawalOf,
} from "../../../client/app/consent-change.ts";
import { listConsents } from "../../../client/app/consent-list.ts";
import { GatewayRefusal } from "../../../client/app/gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "../../../client/app/phone-message.ts";
import { labels } from "../../../protocol/labels.ts";
import type { RefusalCode } from "../../../protocol/refusals.ts";
import { addPhone, sealer, strangersKey } from "../notification/people.ts";
import { gateway, lifecycle, serveConsents } from "./consent-gateway.ts";
import { person, registry, world } from "./consent-registry.ts";

serveConsents();

const grant = (more: Partial<WantedChange> = {}): WantedChange => ({
  act: "grant",
  kind: "disclosure",
  attributes: ["address"],
  notice: world.notices.disclosure,
  ...more,
});
const change = (wanted: WantedChange, phone: PhoneEnrolment = person.phone) =>
  changeConsent(gateway, phone, wanted);
const list = (phone: PhoneEnrolment = person.phone) => listConsents(gateway, phone);

async function refusal(code: RefusalCode, act: Promise<unknown>): Promise<void> {
  const thrown = await act.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(GatewayRefusal);
  expect(thrown).toMatchObject({ code });
}
const storedChanges = async () =>
  (await registry.pool.query("select * from consent_changes where person_id = $1", [person.personId])).rows;

describe("a phone's consents", () => {
  test("ok/granted, listed, amended, renewed and withdrawn with the device key; a receipt each time", async () => {
    const { notices } = world;
    const given = await change(grant());
    expect(given).toMatchObject({ revision: 1, state: "in-force" });
    const [first] = await list();
    expect(first).toMatchObject({
      consentId: given.consentId,
      kind: "disclosure",
      attributes: ["address"],
      state: "in-force",
      revision: 1,
      receipt: given.receipt,
      party: { id: person.partyId, name: { en: "ABC Bank" } },
    });
    const { consentId } = given;
    const amended = await change({
      act: "amend",
      kind: "disclosure",
      consentId,
      revision: 1,
      attributes: ["name"],
      notice: notices.disclosure,
    });
    const renewed = await change({
      act: "renew",
      kind: "disclosure",
      consentId,
      revision: 2,
      attributes: ["name"],
      notice: notices.disclosure,
    });
    expect([amended.revision, renewed.revision]).toEqual([2, 3]);
    const [latest] = await list();
    const ended = await change(withdrawalOf(latest!));
    expect(ended).toMatchObject({ revision: 4, state: "withdrawn" });
    expect(await list()).toMatchObject([
      { state: "withdrawn", attributes: ["name"], receipt: ended.receipt },
    ]);
    expect(new Set([given, amended, renewed, ended].map(({ receipt }) => receipt)).size).toBe(4);
  });

  test("ok/the signed message is kept, sealed", async () => {
    const message = await signConsentChange(person.phone, grant());
    await gateway.changeConsent(message);
    const [stored] = await storedChanges();
    expect(stored.evidence.toString("latin1")).not.toContain(message.message.slice(0, 40));
    const opened = sealer.open(stored.evidence, `consent_changes/${stored.id}/evidence`).toString();
    expect(opened).toBe(message.message);
  });

  test("ok/the list has this person's consents to the app's party and the register, and no others", async () => {
    const other = await world.newPerson(person.partyId);
    await world.granted(other);
    const elsewhere = await world.newPerson();
    await world.granted(elsewhere);
    const register = await world.tapped(person, [{ kind: "register-refresh" }]);
    await world.atTap()({ enrolmentId: register });
    // The same person at another party: that consent is not for this party's phone to see.
    const there = { ...elsewhere, personId: person.personId };
    const phoneThere = await addPhone(registry.pool, person.personId, elsewhere.partyId);
    await world.granted({ ...there, phone: phoneThere });
    await world.atTap()({ enrolmentId: phoneThere.enrolmentId });
    await change(grant());
    const seen = await list();
    expect(seen.map(({ kind, party }) => [kind, party?.id])).toEqual([
      ["disclosure", person.partyId],
      ["register-refresh", undefined],
    ]);
    expect(seen[1]).toMatchObject({ register: "pending", state: "in-force" });
    expect(await list(phoneThere)).toHaveLength(2);
  });

  test("ok/the consent towards the register can be withdrawn without the card", async () => {
    await world.atTap()({ enrolmentId: await world.tapped(person, [{ kind: "register-refresh" }]) });
    const [seen] = await list();
    expect(await change(withdrawalOf(seen!))).toMatchObject({ state: "withdrawn" });
    expect(await list()).toMatchObject([{ state: "withdrawn", register: "withdrawn" }]);
  });

  test("ok/the same message repeated, and many times at once, has one outcome and one consent", async () => {
    const message = await signConsentChange(person.phone, grant());
    const answers = await Promise.all(Array.from({ length: 5 }, () => gateway.changeConsent(message)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await storedChanges()).toHaveLength(1);
    const [seen] = await list();
    await change(withdrawalOf(seen!));
    expect(await gateway.changeConsent(message)).toEqual(answers[0]);
  });

  test("fail/no outcome in time is TRY_AGAIN; the same message later gets the outcome", async () => {
    const { change: applies } = lifecycle;
    lifecycle.change = async () => ({ kind: "unanswered" });
    const message = await signConsentChange(person.phone, grant());
    await refusal("TRY_AGAIN", gateway.changeConsent(message));
    lifecycle.change = applies;
    expect(await gateway.changeConsent(message)).toMatchObject({ revision: 1, state: "in-force" });
    expect(await storedChanges()).toHaveLength(1);
  });

  test("ok/decided in time though the answer was lost: the outcome is returned all the same", async () => {
    lifecycle.change = async ({ changeId }) => {
      await world.activities.applyChange({ changeId });
      return { kind: "unanswered" };
    };
    expect(await change(grant())).toMatchObject({ revision: 1 });
  });
});

describe("what is refused", () => {
  test("fail/a consent towards the register without the card", async () => {
    const notice = world.notices["register-refresh"];
    await refusal("CARD_NEEDED", change(grant({ kind: "register-refresh", notice })));
    expect(await storedChanges()).toEqual([]);
  });

  test.each<[string, RefusalCode, () => WantedChange]>([
    [
      "another purpose's text",
      "NOTICE_NOT_FOR_THIS",
      () => grant({ notice: world.notices["register-refresh"] }),
    ],
    [
      "a text the CA never published",
      "NOTICE_UNKNOWN",
      () => grant({ notice: { ...world.notices.disclosure, sha256: "A".repeat(43) } }),
    ],
    [
      "the right text under another version",
      "NOTICE_UNKNOWN",
      () => grant({ notice: { ...world.notices.disclosure, version: "0" } }),
    ],
    ["about nothing", "MALFORMED_REQUEST", () => grant({ attributes: [] })],
    ["one attribute twice", "MALFORMED_REQUEST", () => grant({ attributes: ["name", "name"] })],
    ["a grant that names a consent", "MALFORMED_REQUEST", () => grant({ consentId: crypto.randomUUID() })],
    ["an amendment of no consent", "MALFORMED_REQUEST", () => grant({ act: "amend", revision: 1 })],
    [
      "no such consent",
      "CONSENT_NOT_IN_FORCE",
      () => grant({ act: "amend", revision: 1, consentId: crypto.randomUUID() }),
    ],
  ])("fail/%s", async (_name, code, wanted) => {
    await refusal(code, change(wanted()));
    expect(await storedChanges()).toEqual([]);
  });

  test("fail/a notice that was not shown", async () => {
    const { notice: _notShown, ...wanted } = grant();
    await refusal("MALFORMED_REQUEST", change(wanted));
  });

  test("fail/a second grant while one is in force; the stored refusal is returned again", async () => {
    await change(grant());
    const message = await signConsentChange(person.phone, grant());
    await refusal("CONSENT_REVISION_PASSED", gateway.changeConsent(message));
    await refusal("CONSENT_REVISION_PASSED", gateway.changeConsent(message));
    expect(await list()).toHaveLength(1);
  });

  test("fail/a change over an outdated revision; a withdrawal is accepted all the same", async () => {
    const { consentId } = await change(grant());
    const [seen] = await list();
    const amend = grant({ act: "amend", consentId, revision: 1, attributes: ["sex"] });
    await change(amend);
    await refusal("CONSENT_REVISION_PASSED", change(amend));
    expect(await change(withdrawalOf(seen!))).toMatchObject({ state: "withdrawn", revision: 3 });
  });

  test("fail/somebody else's consent is indistinguishable from not found", async () => {
    const other = await world.newPerson(person.partyId);
    const theirs = await world.granted(other);
    const wanted: WantedChange = {
      act: "withdraw",
      kind: "disclosure",
      consentId: theirs,
      revision: 1,
      attributes: [],
    };
    await refusal("CONSENT_NOT_IN_FORCE", change(wanted));
    const atOtherParty = await addPhone(registry.pool, other.personId, (await world.newPerson()).partyId);
    await refusal("CONSENT_NOT_IN_FORCE", change(wanted, atOtherParty));
    expect((await world.row(theirs)).state).toBe("in-force");
  });

  test("fail/a message signed by another key, for another CA, or by a replaced phone", async () => {
    const forged = { ...person.phone, deviceKey: await strangersKey() };
    await refusal("MESSAGE_UNTRUSTED", change(grant(), forged));
    await refusal("MESSAGE_UNTRUSTED", list(forged));
    await refusal("MESSAGE_UNTRUSTED", change(grant(), { ...person.phone, issuer: "https://other.example" }));
    await registry.pool.query("update enrolments set state = 'superseded' where id = $1", [
      person.phone.enrolmentId,
    ]);
    await refusal("MESSAGE_UNTRUSTED", change(grant()));
    expect(await storedChanges()).toEqual([]);
  });

  test("fail/a list for a key that is not a point on the curve, and a message of another type", async () => {
    const off = { type: labels.consentList, ecdhKey: Buffer.alloc(65, 4).toString("base64url") };
    const { message } = await signPhoneMessage(person.phone, off);
    await refusal("MALFORMED_REQUEST", gateway.consents({ message }));
    await refusal("MALFORMED_REQUEST", gateway.changeConsent({ message }));
  });
});
