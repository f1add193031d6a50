import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { changeConsent, withdrawalOf } from "../../../client/app/consent-change.ts";
import { listConsents } from "../../../client/app/consent-list.ts";
import { readInbox } from "../../../client/app/inbox.ts";
import type { PhoneEnrolment } from "../../../client/app/phone-message.ts";
import { askSealed } from "../../../client/app/sealed-question.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import type { ConsentSummary } from "../../../protocol/consent.ts";
import { labels } from "../../../protocol/labels.ts";
import { inbox } from "../../../protocol/notification.ts";
import { consentsShownTo } from "../../../registry/consent/list.ts";
import { addPhone, day } from "../notification/people.ts";
import { gateway, serveConsents } from "./consent-gateway.ts";
import { person, registry, world } from "./consent-registry.ts";
import { type Person } from "./world.ts";

/** The same person at two parties. */
let bank: Person;
let clinic: Person;

serveConsents(inboxRoute, () => world.plays.now);
beforeEach(async () => {
  world.deps.durations.shownElsewhereMs = day;
  bank = person;
  const { partyId } = await world.newPerson();
  const { personId } = bank;
  clinic = { personId, partyId, phone: await addPhone(registry.pool, personId, partyId) };
});

const registerOf = async (phone: PhoneEnrolment): Promise<ConsentSummary[]> =>
  (await listConsents(gateway, phone)).filter(({ kind }) => kind === "register-refresh");
const shownConsents = async (phone: PhoneEnrolment) => (await readInbox(gateway, phone)).consents;
const tapAt = async (person: Person, kinds: ("register-refresh" | "disclosure")[]) =>
  world.atTap()({
    enrolmentId: await world.tapped(
      person,
      kinds.map((kind) => ({ kind })),
    ),
  });
/** Until every change is shown; no further than a phone's clock may be off. */
async function untilTold(): Promise<void> {
  await registry.pool.query("update consent_view_lines set due_at = $1 where due_at > $1", [world.plays.now]);
}

test("fail/operators withdraw everything of who calls: no value of the act is in the receipts of two parties", async () => {
  const parties = [bank, clinic];
  const consents = [];
  for (const party of parties) consents.push(await world.granted(party));
  const approved = { act: "withdraw", source: "operator", digest: "of the text that they approved" } as const;
  const named: unknown[] = [];
  for (const [index, party] of parties.entries()) {
    const consentId = consents[index]!;
    await world.changed(party, { ...approved, consentId, enrolmentId: undefined as never });
    const change = (await world.changesOf(consentId)).find(({ source }) => source === "operator");
    const { event } = decodeJwt<{ event: { evidence_sha256: string } }>(change.receipt);
    named.push(event.evidence_sha256);
  }
  expect(new Set(named).size).toBe(2);
  expect(named).not.toContain(approved.digest);
});

describe("the consent towards the register, at two parties", () => {
  test("ok/is shown as expired at both once its term has ended, before and after the end is recorded", async () => {
    await tapAt(bank, ["register-refresh"]);
    await world.atTap()({ enrolmentId: clinic.phone.enrolmentId });
    await untilTold();
    const [consent] = await world.inForceOf(bank);
    const { id: consentId, validUntil } = consent!;
    const after = new Date(validUntil.getTime() + 1_000);
    const shown = async () =>
      (
        await Promise.all([bank, clinic].map((at) => consentsShownTo(registry.pool, at, after, { limit: 8 })))
      ).map(({ rows }) => rows.map(({ state }) => state));
    expect(await shown()).toEqual([["expired"], ["expired"]]);
    world.plays.now = after;
    await world.activities.expireConsent({ consentId });
    expect(await shown()).toEqual([["expired"], ["expired"]]);
  });

  test("ok/has an id, a receipt and a time for each party alone", async () => {
    await tapAt(bank, ["register-refresh"]);
    await world.atTap()({ enrolmentId: clinic.phone.enrolmentId });
    await untilTold();
    const [here] = await registerOf(bank.phone);
    const [there] = await registerOf(clinic.phone);
    expect([here?.state, there?.state]).toEqual(["in-force", "in-force"]);
    expect(there?.consentId).not.toBe(here?.consentId);
    const [ours, theirs] = [decodeJwt(here!.receipt!), decodeJwt(there!.receipt!)];
    expect(ours).toMatchObject({ record_id: here!.consentId, sub: here!.consentId });
    expect(theirs).toMatchObject({ record_id: there!.consentId, sub: there!.consentId });
    const values = (claims: object): string[] =>
      Object.values(claims).flatMap((value) =>
        typeof value === "object" && value !== null ? values(value) : [String(value)],
      );
    const unlike = ["iat", "sub", "record_id", "valid_until"] as const;
    for (const claim of unlike) expect(theirs[claim]).not.toBe(ours[claim]);
    const digests = [ours, theirs].map(({ event }) => (event as { evidence_sha256: string }).evidence_sha256);
    expect(new Set(digests).size).toBe(2);
    expect(values(theirs)).not.toContain(here!.consentId);
    expect(there!.grantedAt).toMatch(/T15:00:00\.000Z$/);
    expect(there!.validUntil).toMatch(/-12-31T14:59:59\.000Z$/);
    expect(new Date(there!.validUntil).getTime()).toBeLessThanOrEqual(new Date(here!.validUntil).getTime());
    expect(there).not.toHaveProperty("register");
  });

  test("ok/withdrawn in one party's app: shown there at once, at the other within a day and dated by the day", async () => {
    await tapAt(bank, ["register-refresh"]);
    await world.atTap()({ enrolmentId: clinic.phone.enrolmentId });
    await untilTold();
    const [inForce] = await world.inForceOf(bank);
    await world.activities.registerConsent({ consentId: inForce!.id });
    const before = await registerOf(bank.phone);
    expect(before).toMatchObject([{ state: "in-force", revision: 1, register: "held" }]);
    const [seen] = await registerOf(clinic.phone);
    const answer = await changeConsent(gateway, clinic.phone, withdrawalOf(seen!));
    expect(answer).toMatchObject({ consentId: seen!.consentId, revision: 2, state: "withdrawn" });
    expect(decodeJwt(answer.receipt)).toMatchObject({ record_id: seen!.consentId });
    expect(await registerOf(clinic.phone)).toMatchObject([{ state: "withdrawn", receipt: answer.receipt }]);
    expect(await world.inForceOf(bank)).toEqual([]);

    // Not shown yet: nothing that this party's app can read has changed.
    expect(await registerOf(bank.phone)).toEqual(before);
    expect(await shownConsents(bank.phone)).toEqual([]);
    const { rows } = await registry.pool.query<{ dueAt: Date }>(
      `select due_at as "dueAt" from consent_view_lines l join consent_views v using (name)
       where v.person_id = $1 and v.party_id = $2 and act = 'withdraw'`,
      [bank.personId, bank.partyId],
    );
    const wait = rows[0]!.dueAt.getTime() - world.plays.now.getTime();
    expect(wait).toBeGreaterThanOrEqual(0);
    expect(wait).toBeLessThanOrEqual(day);

    await untilTold();
    const [ended] = await registerOf(bank.phone);
    expect(ended).toMatchObject({ state: "withdrawn", revision: 2 });
    expect(ended!.endedAt).toMatch(/T15:00:00\.000Z$/);
    expect(await shownConsents(bank.phone)).toMatchObject([
      {
        consentId: ended!.consentId,
        kind: "register-refresh",
        act: "withdraw",
        where: "elsewhere",
        at: ended!.endedAt,
      },
    ]);
    expect(decodeJwt(ended!.receipt!)).toMatchObject({ event: { act: "withdraw", state: "withdrawn" } });
  });

  test("ok/given again by a tap at the other party: pending changes are shown there with it", async () => {
    await tapAt(bank, ["register-refresh"]);
    await world.atTap()({ enrolmentId: clinic.phone.enrolmentId });
    const [seen] = await registerOf(bank.phone);
    await changeConsent(gateway, bank.phone, withdrawalOf(seen!));
    await tapAt(clinic, ["register-refresh"]);
    expect((await registerOf(clinic.phone)).map(({ state }) => state)).toEqual(["in-force", "withdrawn"]);
    expect((await registerOf(bank.phone)).map(({ state }) => state)).toEqual(["withdrawn"]);
  });

  test("fail/a change by the other party's id, or of a consent that ended elsewhere", async () => {
    await tapAt(bank, ["register-refresh"]);
    await world.atTap()({ enrolmentId: clinic.phone.enrolmentId });
    await untilTold();
    const [here] = await registerOf(bank.phone);
    const [there] = await registerOf(clinic.phone);
    const refused = { code: "CONSENT_NOT_IN_FORCE" };
    await expect(changeConsent(gateway, clinic.phone, withdrawalOf(here!))).rejects.toMatchObject(refused);
    await changeConsent(gateway, bank.phone, withdrawalOf(here!));
    await expect(changeConsent(gateway, clinic.phone, withdrawalOf(there!))).rejects.toMatchObject(refused);
    // With the refusal it is known here, too.
    expect(await registerOf(clinic.phone)).toMatchObject([{ state: "withdrawn" }]);
  });

  test("bad/a message about an unknown consent brings nothing forward: neither an end elsewhere nor a grant", async () => {
    await tapAt(bank, ["register-refresh"]);
    await world.atTap()({ enrolmentId: clinic.phone.enrolmentId });
    await untilTold();
    const [mine] = await registerOf(bank.phone);
    const [theirs] = await registerOf(clinic.phone);
    await changeConsent(gateway, bank.phone, withdrawalOf(mine!));
    const probe = async (consentId: string) =>
      expect(
        changeConsent(gateway, clinic.phone, { ...withdrawalOf(theirs!), consentId }),
      ).rejects.toMatchObject({ code: "CONSENT_NOT_IN_FORCE" });
    await probe(randomUUID());
    expect((await registerOf(clinic.phone)).map(({ state }) => state)).toEqual(["in-force"]);
    expect((await shownConsents(clinic.phone))?.map(({ act }) => act)).toEqual(["grant"]);
    // A message about the consent itself gets the reason why it comes too late.
    await probe(theirs!.consentId);
    expect((await registerOf(clinic.phone)).map(({ state }) => state)).toEqual(["withdrawn"]);

    // Given again at the bank: the id of the one that has ended reveals nothing of it.
    await tapAt(bank, ["register-refresh"]);
    await probe(theirs!.consentId);
    await probe(randomUUID());
    expect((await registerOf(clinic.phone)).map(({ state }) => state)).toEqual(["withdrawn"]);
  });

  test("ok/an older app gets an answer without the sections that it cannot read", async () => {
    const read = await askSealed(bank.phone, { type: labels.inbox }, gateway.inbox, inbox);
    expect(Object.keys(read).toSorted()).toEqual(["certificates", "logins", "newPhones", "open", "settled"]);
  });

  test("ok/the reminder goes to one party's phones, under that party's id", async () => {
    await tapAt(bank, ["register-refresh"]);
    await world.atTap()({ enrolmentId: clinic.phone.enrolmentId });
    const [seen] = await registerOf(bank.phone);
    const [inForce] = await world.inForceOf(bank);
    await world.activities.remindOfConsent({ consentId: inForce!.id });
    const { personId, partyId } = bank;
    expect(world.plays.pushed).toEqual([
      { personId, partyId, content: { type: "consent-reminder", consentId: seen!.consentId } },
    ]);
  });
});
