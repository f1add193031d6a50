import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { events } from "./bank-authority.ts";
import { type Opening, openBank, taro, until } from "./bank-opening.ts";
import { startTestPostgres, type TestPostgres } from "./bank-postgres.ts";

let postgres: TestPostgres;
let opening: Opening;

beforeAll(async () => {
  postgres = await startTestPostgres();
  opening = await openBank(await postgres.database());
});
afterAll(async () => {
  await opening?.close();
  await postgres?.close();
});

const account = async (subject: string) =>
  (await opening.ask("GET", `/accounts/${encodeURIComponent(subject)}`)).body;
const acknowledged = (consentId: string) =>
  opening.authority.acknowledged.filter((ack) => ack.consentId === consentId);

/** The CA has a new version and sends an event to the bank. */
async function move(consentId: string, subject: string, version: number, attributes: object) {
  const { authority } = opening;
  authority.consents.set(consentId, { sub: subject, anchorVersion: version, attributes });
  expect((await authority.push(await authority.changed(consentId, subject, version))).status).toBe(202);
}

test("ok/an account is opened with the attributes the CA discloses", async () => {
  const { subject, consentId } = await opening.customer();
  expect(await account(subject)).toMatchObject({
    ...taro,
    consentId,
    anchorVersion: 1,
    changes: [{ anchorVersion: 1, outcome: "opened", after: taro }],
    acknowledgements: [],
  });
});

test("ok/after an event the account book has the new address, and is acknowledged once", async () => {
  const { subject, consentId } = await opening.customer();
  const moved = { ...taro, address: "大阪府大阪市北区2" };
  await move(consentId, subject, 2, moved);
  await until(async () => (await account(subject)).acknowledgements[0]?.state === "sent");
  expect(await account(subject)).toMatchObject({
    ...moved,
    anchorVersion: 2,
    changes: [{ outcome: "applied", before: taro, after: moved }, { outcome: "opened" }],
  });
  expect(acknowledged(consentId)).toEqual([{ consentId, anchorVersion: 2, outcome: "applied" }]);
});

test("ok/a version sent again under another id changes the account book once and is acknowledged once", async () => {
  const { authority } = opening;
  const { subject, consentId } = await opening.customer();
  await move(consentId, subject, 2, { ...taro, address: "B" });
  await until(async () => (await account(subject)).acknowledgements[0]?.state === "sent");
  await authority.push(await authority.changed(consentId, subject, 2));
  // What comes later is acknowledged later: by then the repeated one is done with.
  const later = await opening.customer();
  await move(later.consentId, later.subject, 2, { ...taro, address: "C" });
  await until(() => acknowledged(later.consentId).length === 1);
  expect(acknowledged(consentId)).toHaveLength(1);
  expect((await account(subject)).changes).toHaveLength(2);
  const events = (await opening.ask("GET", "/events")).body as { subject: string; outcome: string }[];
  expect(events.filter((event) => event.subject === subject).map(({ outcome }) => outcome)).toEqual([
    "applied",
    "applied",
  ]);
});

test("ok/versions out of order leave the newest in the account book, and each is acknowledged", async () => {
  const { authority } = opening;
  const { subject, consentId } = await opening.customer();
  await move(consentId, subject, 3, { ...taro, address: "third" });
  await until(() => acknowledged(consentId).length === 1);
  // What an old cache or a slow path might still say: the second version, late.
  authority.consents.set(consentId, {
    sub: subject,
    anchorVersion: 2,
    attributes: { ...taro, address: "second" },
  });
  await authority.push(await authority.changed(consentId, subject, 2));
  await until(() => acknowledged(consentId).length === 2);
  expect(await account(subject)).toMatchObject({ address: "third", anchorVersion: 3 });
  expect(acknowledged(consentId).map(({ anchorVersion }) => anchorVersion)).toEqual([3, 2]);
});

test("ok/an answer older than the event is not booked until the newer one is there", async () => {
  const { authority } = opening;
  const { subject, consentId } = await opening.customer();
  await authority.push(await authority.changed(consentId, subject, 2));
  const event = async () =>
    (await opening.ask("GET", "/events")).body.find((one: { subject: string }) => one.subject === subject);
  await until(async () => (await event()).attempts > 0);
  expect(await event()).toMatchObject({ state: "stored", lastError: "older-than-event" });
  authority.consents.set(consentId, {
    sub: subject,
    anchorVersion: 2,
    attributes: { ...taro, address: "new" },
  });
  await until(() => acknowledged(consentId).length === 1);
  expect(await account(subject)).toMatchObject({ address: "new", anchorVersion: 2 });
});

test("ok/what is no longer disclosed is kept as it was", async () => {
  const { subject, consentId } = await opening.customer();
  await move(consentId, subject, 2, { address: "only this" });
  await until(() => acknowledged(consentId).length === 1);
  expect(await account(subject)).toMatchObject({ ...taro, address: "only this", anchorVersion: 2 });
});

test("ok/another name waits for a clerk, where the bank is set so", async () => {
  const { ask } = opening;
  const { subject, consentId } = await opening.customer();
  const married = { ...taro, name: "佐藤 太郎", address: "new" };
  await ask("POST", "/control/policy", { reviewNames: true });
  await move(consentId, subject, 2, married);
  await until(() => acknowledged(consentId).length === 1);
  await ask("POST", "/control/policy", { reviewNames: false });
  expect(acknowledged(consentId)).toEqual([{ consentId, anchorVersion: 2, outcome: "manual-review" }]);
  expect(await account(subject)).toMatchObject({ ...taro, anchorVersion: 1, reviewVersion: 2 });
  expect((await ask("POST", `/accounts/${subject}/review`, {})).body).toMatchObject({
    ...married,
    anchorVersion: 2,
    reviewVersion: null,
  });
});

test("ok/a person with another phone is noted on the account", async () => {
  const { authority } = opening;
  const { subject } = await opening.customer();
  const change = { credential_type: "x509", change_type: "update" };
  const sub_id = { format: "iss_sub", iss: authority.url, sub: subject };
  expect((await account(subject)).credentialChangedAt).toBeNull();
  await authority.push(await authority.sign({ sub_id, events: { [events.credentialChange]: change } }));
  await until(async () => (await account(subject)).credentialChangedAt !== null);
});

test("ok/a withdrawal between the event and the fetch: the account book is unchanged, and nothing is acknowledged", async () => {
  const { authority } = opening;
  const { subject, consentId } = await opening.customer();
  authority.consents.delete(consentId);
  await authority.push(await authority.changed(consentId, subject, 2));
  const event = async () =>
    (await opening.ask("GET", "/events")).body.find((one: { subject: string }) => one.subject === subject);
  await until(async () => (await event()).state === "processed");
  expect((await event()).outcome).toBe("consent-ended");
  expect(await account(subject)).toMatchObject({ ...taro, anchorVersion: 1 });
  expect(acknowledged(consentId)).toEqual([]);
});

test("ok/an acknowledgement the CA does not expect yet is sent again", async () => {
  const { authority } = opening;
  const { subject, consentId } = await opening.customer();
  authority.troubles.push(
    { path: "/v1/acknowledgements", status: 409, code: "ACKNOWLEDGEMENT_UNEXPECTED" },
    { path: "/v1/acknowledgements", status: 503, code: "TRY_AGAIN" },
  );
  await move(consentId, subject, 2, { ...taro, address: "B" });
  await until(() => acknowledged(consentId).length === 1);
  await until(async () => (await account(subject)).acknowledgements[0]?.state === "sent");
});

test("ok/a token that is no longer taken is replaced", async () => {
  const { authority } = opening;
  const { subject, consentId } = await opening.customer();
  const before = authority.tokens.issued;
  authority.tokens.revokeAll();
  await move(consentId, subject, 2, { ...taro, address: "B" });
  await until(() => acknowledged(consentId).length === 1);
  expect(authority.tokens.issued).toBe(before + 1);
});

test("fail/a change of somebody who has no account here", async () => {
  const { authority } = opening;
  const consentId = randomUUID();
  authority.consents.set(consentId, { sub: "stranger", anchorVersion: 2, attributes: taro });
  await authority.push(await authority.changed(consentId, "stranger", 2));
  await until(() => acknowledged(consentId).length === 1);
  expect(acknowledged(consentId)).toEqual([
    { consentId, anchorVersion: 2, outcome: "rejected", reason: "no-account" },
  ]);
  expect((await opening.ask("GET", "/accounts/stranger")).status).toBe(404);
});

test("fail/an event that names one customer and another's consent", async () => {
  const { authority } = opening;
  const [one, other] = [await opening.customer(), await opening.customer({ ...taro, name: "another" })];
  await authority.push(await authority.changed(other.consentId, one.subject, 1));
  await until(() => acknowledged(other.consentId).length === 1);
  expect(acknowledged(other.consentId)[0]).toMatchObject({ outcome: "rejected", reason: "other-subject" });
  expect(await account(one.subject)).toMatchObject({ ...taro, consentId: one.consentId });
});

test("fail/accounts that cannot be opened", async () => {
  const { authority, ask } = opening;
  const { subject, consentId } = await opening.customer();
  const open = (body: object) =>
    ask("POST", "/accounts", { subject, customer: `C-${subject}`, consentId, ...body });
  expect(await open({ consentId: randomUUID() })).toMatchObject({
    status: 409,
    body: { error: "NO_CONSENT" },
  });
  expect(await open({ subject: "another" })).toMatchObject({ status: 409, body: { error: "OTHER_PERSON" } });
  expect(await open({ customer: "C-2" })).toMatchObject({ status: 409, body: { error: "ACCOUNT_TAKEN" } });
  expect(await open({ customer: "" })).toMatchObject({ status: 400, body: { error: "MALFORMED_REQUEST" } });
  authority.troubles.push({ path: "/v1/attributes", status: 500, code: "FAULT" });
  expect(await open({})).toMatchObject({ status: 503, body: { error: "CA_UNREACHABLE" } });
  expect((await open({})).status).toBe(201);
  expect((await account(subject)).changes).toHaveLength(1);
});

test("ok/the account book's page escapes its content", async () => {
  const script = `<script>alert("x")</script>&'`;
  await opening.customer({ ...taro, name: script });
  const response = await fetch(opening.bank.url);
  const page = await response.text();
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(page).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;");
  expect(page).not.toContain("<script>");
});
