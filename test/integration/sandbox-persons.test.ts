import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import * as openid from "openid-client";
import { pino } from "pino";
import { RelyingPartyClient } from "../../client/relying-party/relying-party.ts";
import { acrValues } from "../../protocol/login.ts";
import { transactionType } from "../../protocol/transaction.ts";
import { Bank } from "../../sandbox/demo/bank.ts";
import { SimulatedCard } from "../../sandbox/devices/simulated-card.ts";
import { persons } from "../../sandbox/persons/persons.ts";
import { type Sandbox, startSandbox } from "../../sandbox/start.ts";
import { PartyCaller } from "../unit/openid/party-caller.ts";
import { BankLogin, read } from "./bank-login.ts";
import { Phone } from "./phone.ts";
import { eventually } from "./resident.ts";
import { Control, type InboxAnswer, type Waiting } from "./sandbox-control.ts";
import { rows, stack } from "./stack.ts";

/** Each person of the sandbox comes to what their line promises, and to nothing else. */

let folder = "";
let sandbox: Sandbox;
let control: Control;
const bank = new Bank(stack.bank);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-sandbox-"));
  sandbox = await startSandbox({
    folder,
    addresses: stack,
    keys: `${stack.directory}/keys`,
    log: pino({ level: "silent" }),
  });
  control = new Control(sandbox.url);
});
afterAll(async () => {
  await sandbox?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Account {
  subject: string;
  anchorVersion: number;
  [attribute: string]: unknown;
}
interface Moved {
  asked: Waiting[];
}

/** Enrols at ABC Bank and returns what its book has then. */
const enrolled = async (person: string): Promise<Account> => {
  const { account } = await control.done<{ account?: Account }>(person, "enrol");
  expect(account).toMatchObject({ anchorVersion: 1 });
  return account!;
};

/** A party of the developer's own, as POST /parties registers it, with its client. */
async function registered(): Promise<{ id: string; client: RelyingPartyClient }> {
  const [id, clientId] = [`party-${randomUUID()}`, `client-${randomUUID()}`];
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "client", alg: "ES256" };
  const order = { id, name: { ja: "試験", en: "Test" }, client: clientId, jwks: { keys: [jwk] } };
  expect(await control.call("POST", "/parties", order)).toMatchObject({
    status: 201,
    body: { partyId: id, app: `${id}-app`, clientId },
  });
  const key = { kid: "client", privateKey };
  const caller = new PartyCaller({ url: stack.gateway, partyId: id, clientId, key });
  const client = new RelyingPartyClient({
    gateway: stack.gateway,
    async token() {
      const accessToken = await caller.token("attributes");
      return { accessToken, proof: (method, url) => caller.proof(method, url, accessToken) };
    },
  });
  return { id, client };
}

const refused = async (person: string) => {
  const { status, body } = await control.ask(person, "enrol");
  return { status, ...(body as { code: string; type: string }) };
};

/** What each line promises, by the person's name. */
const promised: Record<string, () => Promise<void>> = {
  async plain() {
    const { subject } = await enrolled("plain");
    const { asked } = await control.done<Moved>("plain", "move");
    expect(asked).toEqual([expect.objectContaining({ kind: "change", party: "abc-bank" })]);
    const { to } = asked[0]!.shown.changes[0]!;
    await control.done("plain", "answer", { decision: "confirm" });
    expect(await eventually(() => bank.accountAt(subject, 2))).toMatchObject({ address: to });
    expect(await control.ask("plain", "answer")).toMatchObject({
      status: 409,
      body: { code: "NOTHING_WAITS" },
    });
  },

  async married() {
    const { subject, name } = await enrolled("married");
    const { asked } = await control.done<Moved>("married", "move");
    expect(asked[0]!.shown.changes).toEqual([{ attribute: "name", from: name, to: "佐藤［鈴木］　愛" }]);
    await control.done("married", "answer");
    expect(await eventually(() => bank.accountAt(subject, 2))).toMatchObject({ name: "佐藤［鈴木］　愛" });
  },

  async "moved-twice"() {
    const { subject, address } = await enrolled("moved-twice");
    const { asked } = await control.done<Moved>("moved-twice", "move");
    expect(asked).toHaveLength(1);
    const [change] = asked[0]!.shown.changes;
    expect(change).toMatchObject({ attribute: "address", from: address });
    const { settled } = await control.done<InboxAnswer>("moved-twice", "inbox");
    expect(settled).toEqual([expect.objectContaining({ state: "superseded" })]);
    await control.done("moved-twice", "answer");
    expect(await eventually(() => bank.accountAt(subject, 3))).toMatchObject({ address: change!.to });
  },

  async "odd-characters"() {
    const party = await registered();
    const { consents } = await control.done<{ consents: { consentId: string; kind: string }[] }>(
      "odd-characters",
      "enrol",
      { party: party.id },
    );
    const { consentId } = consents.find(({ kind }) => kind === "disclosure")!;
    const { attributes } = await party.client.attributes(consentId);
    expect(attributes).toMatchObject({ name: "吉田　葛子＊", nameSubstitution: "100101" });
    expect(Array.from(attributes.address!)).toHaveLength(189);
  },

  async "latin-name"() {
    expect(await enrolled("latin-name")).toMatchObject({ name: "ＳＭＩＴＨ　ＪＯＨＮ　ＭＩＣＨＡＥＬ" });
  },

  async "unknown-birth-date"() {
    expect(await enrolled("unknown-birth-date")).toMatchObject({ dateOfBirth: "319500000" });
  },

  async minor() {
    const { dateOfBirth } = await enrolled("minor");
    const year = Number(String(dateOfBirth).slice(1, 5));
    expect(new Date().getUTCFullYear() - year).toBe(16);
  },

  async reticent() {
    const answer = await control.done("reticent", "enrol");
    expect(answer).toMatchObject({ consents: [], subject: expect.stringContaining("CN=") });
    expect(answer).not.toHaveProperty("account");
    expect(await control.done("reticent", "move")).toMatchObject({ asked: [] });
    expect(await control.done("reticent", "inbox")).toMatchObject({ open: [], settled: [] });
  },

  async revoked() {
    expect(await refused("revoked")).toMatchObject({ status: 422, code: "CERTIFICATE_REVOKED" });
    await control.done("revoked", "town-hall", { act: "renew" });
    await enrolled("revoked");
  },

  async lost() {
    expect(await refused("lost")).toMatchObject({ status: 422, code: "CERTIFICATE_ON_HOLD" });
    await control.done("lost", "town-hall", { act: "new-card" });
    await enrolled("lost");
  },

  async locked() {
    expect(await refused("locked")).toMatchObject({
      status: 409,
      code: "PIN_LOCKED",
      type: "urn:kazasu:sandbox:pin-locked",
      triesLeft: 0,
    });
    await control.done("locked", "town-hall", { act: "unlock" });
    await enrolled("locked");
  },

  async died() {
    const problem = await refused("died");
    expect(problem).toMatchObject({ status: 422, code: "CERTIFICATE_REVOKED" });
    expect(JSON.stringify(problem)).not.toMatch(/died|death|死亡/i);
    expect(await control.ask("died", "move")).toMatchObject({
      status: 409,
      body: { code: "TOWN_HALL_REFUSED" },
    });
  },
};

test("ok/every person's promise is held here", () => {
  expect(Object.keys(promised)).toEqual(persons.map(({ slug }) => slug));
});

test.each(Object.entries(promised))("ok/%s", async (_person, held) => held());

test("ok/two taps at once are two taps, one after the other: there is one card", async () => {
  const parties = [await registered(), await registered()];
  const answers = await Promise.all(
    parties.map(({ id }) =>
      control.done<{ party: string }>("minor", "enrol", { party: id, agree: ["terms"] }),
    ),
  );
  expect(answers.map(({ party }) => party)).toEqual(parties.map(({ id }) => id));
});

test("fail/an enrolment that a phone elsewhere has replaced: said where it is asked for, and hides nothing else", async () => {
  const [ended, living] = [await registered(), await registered()];
  for (const party of [ended.id, living.id]) await control.done("latin-name", "enrol", { party });
  const elsewhere = await Phone.holding(new SimulatedCard(stack.jlis, "latin-name"));
  await elsewhere.enrolled({ intent: "replace", party: ended.id });
  expect(await control.ask("latin-name", "consents", { party: ended.id })).toMatchObject({
    body: { code: "MESSAGE_UNTRUSTED" },
  });
  const { asked } = await control.done<Moved>("latin-name", "move");
  expect(asked.map(({ party }) => party)).toContain(living.id);
  const { open } = await control.done<InboxAnswer>("latin-name", "inbox");
  expect(open.map(({ party }) => party)).not.toContain(ended.id);
});

test("ok/a new phone that was not the person: the former phone says so, and a tap comes back", async () => {
  const { id: party } = await registered();
  const wishes = { party, agree: ["terms"] };
  const first = await control.done<{ subject: string; enrolmentId: string }>("married", "enrol", wishes);
  // The person has had this phone for long: it has a vote.
  await rows("update enrolments set is_first_phone = true where id = $1", [first.enrolmentId]);
  const second = await control.done<{ enrolmentId: string }>("married", "tap", { party });
  const newPhones = () =>
    control.done<{ asked: object[]; ended: object[] }>("married", "new-phones").then((told) => ({
      asked: told.asked.filter((each) => (each as { party: string }).party === party),
      ended: told.ended.filter((each) => (each as { party: string }).party === party),
    }));
  expect(await newPhones()).toMatchObject({
    asked: [{ phone: "former", where: "here", stopped: false }],
    ended: [],
  });
  expect(await control.done("married", "not-me")).toMatchObject({ stopped: true, phone: "former", party });
  expect(await newPhones()).toMatchObject({
    asked: [{ stopped: true }],
    ended: [{ party, enrolmentId: second.enrolmentId }],
  });
  expect(await control.done("married", "tap", { party })).toMatchObject({ subject: first.subject });
  expect((await newPhones()).ended).toEqual([]);
});

test.each<[string, object, string, number]>([
  ["/people/nobody/enrol", {}, "NO_SUCH_PERSON", 404],
  ["/people/plain/enrol", { party: "../etc" }, "MALFORMED_REQUEST", 400],
  ["/people/plain/enrol", { secret: "ABC12345" }, "MALFORMED_REQUEST", 400],
  ["/people/plain/enrol", { party: "unknown-party" }, "UNKNOWN_PARTY", 404],
  ["/people/plain/consents", { party: "midori-clinic" }, "NOT_ENROLLED", 409],
  ["/people/reticent/not-me", {}, "NOTHING_WAITS", 409],
  ["/people/reticent/not-me", { noticeId: "1" }, "MALFORMED_REQUEST", 400],
  ["/people/plain/fly", {}, "NOT_FOUND", 404],
  ["/people/plain/town-hall", { act: "burn" }, "MALFORMED_REQUEST", 400],
  ["/parties", { id: "x" }, "MALFORMED_REQUEST", 400],
])("fail/%s with %j is %s", async (path, body, code, status) => {
  expect(await control.call("POST", path, body)).toMatchObject({
    status,
    body: { code, status, next: { ja: expect.any(String) } },
  });
});

test("ok/a login by link, one by card with the number of the code, and one without a browser answered by itself", async () => {
  const bankLogin = await BankLogin.of({ backchannel: { delivery: "poll" } });
  const { partyId: party, configuration } = bankLogin;
  await control.done("minor", "enrol", { party });

  const here = await bankLogin.begin();
  const { returnTo, shown } = await control.done<{ returnTo: string; shown: object }>("minor", "login", {
    party,
    link: read(here.page).here,
  });
  expect(shown).toMatchObject({ party: { id: party }, acr: "device" });
  const tokens = await bankLogin.finish(here, (await here.browser.open(returnTo)).url);

  const shownTransfer = {
    type: transactionType,
    shown: { title: "Transfer", lines: [{ label: "To", value: "Sato" }] },
  };
  const { page } = await bankLogin.begin({
    acr_values: acrValues.card,
    authorization_details: JSON.stringify([shownTransfer]),
  });
  const code = { party, link: read(page).elsewhere, number: read(page).number };
  expect(await control.done("minor", "login", code)).toMatchObject({
    state: "approved",
    shown: { card: true, transaction: { shown: shownTransfer.shown } },
  });

  await control.done("minor", "auto", { on: true, number: 47 }, "PUT");
  const request = await openid.initiateBackchannelAuthentication(configuration, {
    scope: "openid",
    login_hint_token: tokens.claims()?.["login_hint_token"] as string,
    binding_message: "Order 1184 47",
  });
  const granted = await openid.pollBackchannelAuthenticationGrant(
    configuration,
    { ...request, interval: 1 },
    undefined,
    { DPoP: bankLogin.dpop },
  );
  expect(granted.claims()?.sub).toBe(tokens.claims()?.sub);
  await control.done("minor", "auto", { on: false }, "PUT");
});

test("fail/a private key is not taken for a party's client", async () => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const order = {
    id: `party-${randomUUID()}`,
    name: { ja: "試験", en: "Test" },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "c" }] },
  };
  const { status, body } = await control.call("POST", "/parties", order);
  expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining("is private")]);
});
