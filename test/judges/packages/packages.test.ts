import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import globalSetup from "../../integration/global-setup.mjs";
import globalTeardown from "../../integration/global-teardown.mjs";
import { type Asked, startAsked } from "./asked.ts";
import { compiled, installed, packAll, run } from "./folder.ts";

/** The tarballs, installed by npm into empty folders, and docs/examples there against `kazasu up`: on every Node they are for. */

await globalSetup();
// These ask, when they are loaded, where the stack is.
const { Phone, pin } = await import("../../integration/phone.ts");
const { Resident } = await import("../../integration/resident.ts");
const { Browser } = await import("../../integration/browser.ts");
const { read } = await import("../../integration/bank-login.ts");
const { pool, stack } = await import("../../integration/stack.ts");
const { eventually } = await import("../../integration/eventually.ts");
const { moveHouse } = await import("../../integration/town-hall.ts");
const { PartyCaller } = await import("../../unit/openid/party-caller.ts");
const { addParty } = await import("../../../workers/register-party.ts");

const sdks = ["protocol", "pki", "app", "relying-party", "engine"];
const nodes = (process.env["KAZASU_NODES"] ?? process.execPath).split(delimiter);
const redirectUri = "https://party.example/callback";
const transfer = { to: "佐藤 花子", amount: "120,000円" };

let tarballs: Record<string, string>;
const folders: string[] = [];
beforeAll(async () => {
  tarballs = await packAll(...sdks.map((name) => `@kazasu/${name}`));
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  await globalTeardown();
});

function tarballOf(name: string): string {
  const path = tarballs[name];
  if (path === undefined) throw new Error(`No tarball of ${name} among ${Object.keys(tarballs).join(", ")}.`);
  return path;
}

async function registered() {
  const id = `party-${randomUUID()}`;
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "client", alg: "ES256" };
  const name = { ja: "例", en: "Example" };
  const asked = { id, name, app: `${id}-app`, attestation: "optional" as const, redirectUris: [redirectUri] };
  await addParty(pool, asked, { keys: [jwk] }, { allow: () => false });
  const key = { kid: "client", privateKey };
  const caller = new PartyCaller({ url: stack.gateway, partyId: id, clientId: id, key });
  return { id, caller, jwk: { ...(await exportJWK(privateKey)), kid: "client" } };
}

describe.each(nodes)("%s", (node) => {
  let folder: string;
  let programs: string;
  const running: Asked[] = [];
  const start = async (name: string, env: object): Promise<Asked> => {
    const asked = await startAsked(node, join(programs, name), folder, env);
    running.push(asked);
    return asked;
  };
  beforeAll(async () => {
    folder = await installed(
      node,
      sdks.map((name) => tarballOf(name)),
    );
    folders.push(folder);
    programs = await compiled(folder);
  });
  afterAll(async () => {
    for (const each of running) await each.end();
  });

  test("ok/every entry is imported from JavaScript, and shared modules are one instance", async () => {
    const said = JSON.parse(await run(node, [join(programs, "entries.mjs")], folder));
    expect(Object.keys(said.counts)).toEqual(sdks);
  });

  test("ok/examples: a login by the packed app, a transfer signed with it; another amount is not what was signed", async () => {
    const { id, jwk } = await registered();
    const { card } = await Phone.new();
    const party = await start("party.js", {
      PARTY: JSON.stringify({ gateway: stack.gateway, partyId: id, jwk, redirectUri }),
    });
    const phone = await start("phone.mjs", {
      PHONE: JSON.stringify({ gateway: stack.gateway, cards: stack.jlis, card: card.name, party: id, pin }),
    });
    const { root } = await phone.ask<{ root: string }>("enrol");
    const browser = new Browser();
    const link = read(await browser.open(await party.ask<string>("begin", transfer))).here;
    const { returnTo } = await phone.ask<{ returnTo: string }>("logIn", { link });
    const callback = (await browser.open(returnTo)).url;
    const { subject, acr, transactions } = await party.ask<{
      subject: string;
      acr: string;
      transactions: string[];
    }>("finish", { callback });
    expect(acr).toBe("urn:kazasu:acr:device");
    const of = { root, subject, transactionId: transactions[0] };
    expect(await party.ask("verify", { ...of, transfer })).toMatchObject({
      shown: { lines: [{ value: transfer.to }, { value: transfer.amount }] },
    });
    const raised = { ...transfer, amount: "1,120,000円" };
    expect(await party.ask("verify", { ...of, transfer: raised })).toEqual({ invalid: "OTHER_CONTENT" });
  });

  test("ok/examples: a change is received, fetched, written and acknowledged", async () => {
    const { id, caller, jwk } = await registered();
    const party = await start("party.js", {
      PARTY: JSON.stringify({ gateway: stack.gateway, partyId: id, jwk, redirectUri }),
    });
    const delivery = { method: "urn:ietf:rfc:8935", endpoint_url: await party.ask<string>("events") };
    expect((await caller.call("POST", "/ssf/streams", { delivery })).status).toBe(201);
    const resident = await Resident.enrolled({
      party: id,
      agree: ["terms", "register-refresh", "disclosure"],
    });
    await resident.registerConsentHeld();
    const address = "北海道札幌市中央区北一条西二丁目１番地";
    await moveHouse(resident, address);
    const found = await resident.change();
    await resident.answer(found, "confirm");
    expect(await resident.settled(found.notificationId, "acknowledged")).toMatchObject({
      outcome: "applied",
    });
    const { subject } = resident;
    expect(
      await eventually(async () => (await party.ask("storage", { subject })) ?? undefined),
    ).toMatchObject({
      address,
    });
  });
});
