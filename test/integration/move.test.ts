import { expect, test } from "@jest/globals";
import { Phone } from "./phone.ts";
import { expectRefusal, post } from "./refusal.ts";
import { eventually, Resident } from "./resident.ts";
import { clientOf, rows, stack } from "./stack.ts";
import {
  answersOfRegister,
  billed,
  detectChanges,
  moveHouse,
  refreshAttempts,
  replayDeadLetters,
  untilRefreshed,
  withFault,
} from "./town-hall.ts";

const home = "大阪府大阪市北区中之島一丁目３番２０号";
const later = "北海道札幌市中央区北一条西二丁目１番地";

test("ok/a move reaches the bank: one paid call, one press, acknowledged", async () => {
  const resident = await Resident.withAccount();
  const before = await billed();
  await moveHouse(resident, home);

  const found = await resident.change();
  expect(found.change.changes).toEqual([expect.objectContaining({ attribute: "address", to: home })]);
  expect((await resident.account()).anchorVersion).toBe(1);
  await resident.answer(found, "confirm");

  expect(await resident.accountAt(2)).toMatchObject({ address: home, anchorVersion: 2 });
  expect(await resident.settled(found.notificationId, "acknowledged")).toMatchObject({ outcome: "applied" });
  // J-LIS counts for everybody, and other tests ask it too: the demonstration counts exactly, here the person does.
  expect((await billed()).attributes).toBeGreaterThan(before.attributes);
  expect(await answersOfRegister(resident)).toBe(1);
  const [event] = await rows(
    "select claims, event from security_events where subject = $1 and event like 'urn:kazasu:%'",
    [resident.subject],
  );
  expect(JSON.stringify(event)).not.toContain("大阪");
});

test("ok/while there is no new certificate nothing is provided and nothing is paid", async () => {
  const resident = await Resident.withAccount();
  await resident.phone.card.atTownHall("move", { address: home });
  await detectChanges();
  await eventually(async () => ((await refreshAttempts(resident)) >= 2 ? true : undefined));
  expect(await resident.anchorVersion()).toBe(1);
  expect(await answersOfRegister(resident)).toBe(0);

  await resident.phone.card.atTownHall("renew");
  expect(await resident.anchorAt(2)).toBe(2);
  expect(await answersOfRegister(resident)).toBe(1);
});

test("ok/a declined change stays with the CA, and the bank's record is unchanged", async () => {
  const resident = await Resident.withAccount();
  const { address } = await resident.account();
  await moveHouse(resident, home);
  const found = await resident.change();
  await resident.answer(found, "decline");
  expect(await resident.settled(found.notificationId, "none")).toMatchObject({ state: "declined" });
  expect(await resident.fetchAnew()).toBe("FETCHED");
  expect(await resident.account()).toMatchObject({ anchorVersion: 1, address });
});

test("ok/a second change before the press supersedes the first", async () => {
  const resident = await Resident.withAccount();
  await moveHouse(resident, home);
  const first = await resident.change();
  await moveHouse(resident, later);
  await resident.anchorAt(3);
  expect(await resident.settled(first.notificationId, "none")).toMatchObject({ state: "superseded" });
  const second = await resident.change();
  expect(second.change).toMatchObject({ anchorVersion: 3, changes: [{ attribute: "address", to: later }] });
  await expect(resident.answer(first, "confirm")).rejects.toMatchObject({ code: "NOTIFICATION_CLOSED" });
  await resident.answer(second, "confirm");
  expect(await resident.accountAt(3)).toMatchObject({ address: later });
});

test("ok/a renewed card without a change keeps the person linked and notifies nobody", async () => {
  const resident = await Resident.withAccount();
  await resident.phone.card.atTownHall("renew");
  await detectChanges();
  await untilRefreshed(resident);
  expect(await resident.anchorVersion()).toBe(1);
  expect((await resident.inbox()).open).toEqual([]);

  const onNewPhone = await Resident.enrolled(
    { intent: "replace", agree: ["terms"] },
    await Phone.holding(resident.phone.card),
  );
  expect(onNewPhone.personId).toBe(resident.personId);
});

test("fail/withdrawn: the CA still learns of a move, and the bank gets no event and may not fetch", async () => {
  const resident = await Resident.withAccount();
  const { address } = await resident.account();
  await resident.withdraw("disclosure");
  await moveHouse(resident, home);
  expect(await resident.anchorAt(2)).toBe(2);
  await untilRefreshed(resident);
  expect((await resident.inbox()).open).toEqual([]);
  expect(await resident.fetchAnew()).toBe("NO_CONSENT");
  expect((await resident.account()).address).toBe(address);
  expect(await rows("select 1 from notifications where person_id = $1", [resident.personId])).toEqual([]);
});

test("fail/withdrawn between the change and the press: the press comes too late", async () => {
  const resident = await Resident.withAccount();
  await moveHouse(resident, home);
  const found = await resident.change();
  await resident.withdraw("disclosure");
  await expect(resident.answer(found, "confirm")).rejects.toMatchObject({
    code: expect.stringMatching(/^(NOTIFICATION_CLOSED|CONSENT_NOT_IN_FORCE)$/),
  });
  expect(await resident.fetchAnew()).toBe("NO_CONSENT");
});

test("fail/a press over another text, by another person's key, or by a replaced phone", async () => {
  const resident = await Resident.withAccount();
  await moveHouse(resident, home);
  const found = await resident.change();
  const other = { ...found, shown: found.shown.replace(home, later) };
  await expect(resident.answer(other, "confirm")).rejects.toMatchObject({ code: "SHOWN_MISMATCH" });

  const stranger = await Resident.enrolled();
  await expect(stranger.answer(found, "confirm")).rejects.toMatchObject({ code: "NOTIFICATION_CLOSED" });

  const newPhone = await Resident.enrolled(
    { intent: "replace", agree: ["terms", "register-refresh"] },
    await Phone.holding(resident.phone.card),
  );
  await expect(resident.answer(found, "confirm")).rejects.toMatchObject({ code: "MESSAGE_UNTRUSTED" });
  const again = await newPhone.change();
  expect(again.notificationId).toBe(found.notificationId);
  await newPhone.answer(again, "confirm");
  expect(await resident.accountAt(2)).toMatchObject({ address: home });
});

test("ok/a new phone: the party gets an event that the same subject has another certificate, and no more", async () => {
  const resident = await Resident.withAccount();
  await Resident.enrolled({ intent: "replace", agree: ["terms"] }, await Phone.holding(resident.phone.card));
  const event = await eventually(async () => {
    const events = (await (await fetch(`${stack.bank}/events`)).json()) as {
      event: string;
      subject: string;
    }[];
    return events.find(
      ({ event: type, subject }) => type.endsWith("/credential-change") && subject === resident.subject,
    );
  });
  expect(event).toMatchObject({ claims: { change_type: "update", credential_type: "x509" } });
});

test("fail/a message no phone signed is refused before anything is looked up", async () => {
  const answer = await post("/v1/answers", { message: "e30.e30.AA" });
  expectRefusal(answer, "MESSAGE_UNTRUSTED", 403);
});

test("ok/J-LIS is down for three days: nothing is missed, and one call is paid", async () => {
  const resident = await Resident.withAccount();
  await withFault(stack.jlis, { attributes: { status: 503 } }, async () => {
    await moveHouse(resident, home);
    // At the scale of these tests three days are fourteen seconds, and J-LIS is asked once a second.
    await eventually(async () => ((await refreshAttempts(resident)) >= 15 ? true : undefined));
    expect(await resident.anchorVersion()).toBe(1);
  });
  await resident.anchorAt(2);
  expect(await answersOfRegister(resident)).toBe(1);
  expect((await resident.change()).change.changes).toEqual([
    expect.objectContaining({ attribute: "address", to: home }),
  ]);
});

test("ok/the bank is down for seven days: the event is a dead letter, is replayed, and is recorded once", async () => {
  const resident = await Resident.withAccount();
  // Unavailable for this customer alone: the other files' customers are this bank's, too.
  const unavailable = { events: { cut: true, subject: resident.subject } };
  const found = await withFault(stack.bank, unavailable, async () => {
    await moveHouse(resident, home);
    const change = await resident.change();
    await resident.answer(change, "confirm");
    await resident.settled(change.notificationId, "dead-lettered");
    return change;
  });
  expect((await resident.account()).anchorVersion).toBe(1);
  expect(await replayDeadLetters(resident)).toBe(1);
  expect(await resident.accountAt(2)).toMatchObject({ address: home });
  expect(await resident.settled(found.notificationId, "acknowledged")).toMatchObject({ outcome: "applied" });
});

test("fail/nothing of 公的個人認証法 §52 and no attribute is in an event, an audit line or a workflow id", async () => {
  const resident = await Resident.withAccount();
  await moveHouse(resident, home);
  await resident.answer(await resident.change(), "confirm");
  await resident.accountAt(2);
  const { certificates, register } = await resident.phone.resident();
  const [consents, events, lines] = await Promise.all([
    rows("select * from consents where person_id = $1", [resident.personId]),
    rows("select claims, event, subject from security_events where subject = $1", [resident.subject]),
    rows(
      `select * from audit_lines where subject in (
         select $1 union select id::text from enrolments where person_id::text = $1
         union select id::text from consents where person_id::text = $1
         union select id::text from notifications where person_id::text = $1)`,
      [resident.personId],
    ),
  ]);
  const listed = [];
  for await (const { workflowId, memo, searchAttributes } of (await clientOf()).workflow.list())
    listed.push({ workflowId, memo, searchAttributes });
  const visible = JSON.stringify([consents, events, lines, listed]);
  expect(lines.map(({ act }) => act)).toEqual(
    expect.arrayContaining([
      "anchor-refreshed",
      "certificate-issued",
      "consent-changed",
      "notification-answered",
    ]),
  );
  expect(visible).toContain(resident.personId);
  const hidden = [...certificates.map(({ serial }) => serial), register.name, register.address, home];
  expect(hidden.filter((word) => visible.includes(word))).toEqual([]);
  expect(visible).not.toMatch(
    /affiliationChanged|keyCompromise|certificateHold|NOT_SYNCED_YET|LATEST_CERTIFICATE/,
  );
});
