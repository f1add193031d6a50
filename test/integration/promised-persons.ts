import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import { pino } from "pino";
import { RelyingPartyClient } from "../../client/relying-party/relying-party.ts";
import { Bank } from "../../sandbox/demo/bank.ts";
import { type Sandbox, startSandbox } from "../../sandbox/start.ts";
import { PartyCaller } from "../unit/openid/party-caller.ts";
import { eventually } from "./resident.ts";
import { Control, type InboxAnswer, type Waiting } from "./sandbox-control.ts";
import { stack } from "./stack.ts";

let folder = "";
let sandbox: Sandbox;
export let control: Control;
const bank = new Bank(stack.bank);

export function startSandboxForTests(): void {
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
}

interface Account {
  subject: string;
  anchorVersion: number;
  [attribute: string]: unknown;
}
export interface Moved {
  asked: Waiting[];
}

/** Enrols at ABC Bank and returns what its book has then. */
const enrolled = async (person: string): Promise<Account> => {
  const { account } = await control.done<{ account?: Account }>(person, "enrol");
  expect(account).toMatchObject({ anchorVersion: 1 });
  return account!;
};

/** A party of the developer's own, as POST /parties registers it, with its client. */
export async function registered(): Promise<{ id: string; client: RelyingPartyClient }> {
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
export const promised: Record<string, () => Promise<void>> = {
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
