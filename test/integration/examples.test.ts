import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "@jest/globals";
import { type CryptoKey, exportJWK, generateKeyPair } from "jose";
import { Pool } from "pg";
import { Gateway } from "../../client/app/gateway.ts";
import { answerLogin, openLogin } from "../../client/app/login.ts";
import { RelyingPartyClient } from "../../client/relying-party/relying-party.ts";
import { connect } from "../../docs/examples/connect.ts";
import { type Storage, takeEvent } from "../../docs/examples/hear-of-changes.ts";
import { beginLogin, finishLogin } from "../../docs/examples/log-in.ts";
import { signedTransfer, type Transfer, transferToShow } from "../../docs/examples/sign-transfer.ts";
import { addParty } from "../../workers/register-party.ts";
import { PartyCaller } from "../unit/openid/party-caller.ts";
import { read } from "./bank-login.ts";
import { Browser } from "./browser.ts";
import { startReceiver } from "./party.ts";
import { Phone } from "./phone.ts";
import { eventually, Resident } from "./resident.ts";
import { stack } from "./stack.ts";
import { moveHouse } from "./town-hall.ts";

/** The examples of docs/examples do what they say, on the whole system. */

const pool = new Pool({ connectionString: stack.postgres, max: 2 });
afterAll(() => pool.end());
const gateway = new Gateway(stack.gateway);
const redirectUri = "https://party.example/callback";
const agree = ["terms", "register-refresh", "disclosure"] as const;

async function registered() {
  const id = `party-${randomUUID()}`;
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "client", alg: "ES256" };
  const name = { ja: "例", en: "Example" };
  const asked = {
    id,
    name,
    app: `${id}-app`,
    attestation: "optional" as const,
    redirectUris: [redirectUri],
  };
  await addParty(pool, asked, { keys: [jwk] }, { allow: () => false });
  const key: { kid: string; key: CryptoKey } = { kid: "client", key: privateKey };
  const caller = new PartyCaller({
    url: stack.gateway,
    partyId: id,
    clientId: id,
    key: { kid: "client", privateKey },
  });
  return { id, caller, party: await connect(`${stack.gateway}/openid`, id, key) };
}

test("ok/a login, and a transfer signed with it; another amount is not what was signed", async () => {
  const { id, party } = await registered();
  const phone = await Phone.new();
  const { certificate, chain, enrolmentId } = await phone.enrolled({ party: id });
  const resident = await Resident.of(phone, enrolmentId);
  const transfer: Transfer = { to: "佐藤 花子", amount: "120,000円" };
  const { redirectTo, pending } = await beginLogin(party, redirectUri, {
    authorization_details: JSON.stringify([transferToShow(transfer)]),
  });
  const browser = new Browser();
  const login = await openLogin(gateway, resident.enrolment, {
    link: read(await browser.open(redirectTo.href)).here,
  });
  const decided = { decision: "approve", certificate, chain } as const;
  const { returnTo = "" } = await answerLogin(gateway, resident.enrolment, login, decided);
  const { subject, acr, transactions } = await finishLogin(
    party,
    new URL((await browser.open(returnTo)).url),
    pending,
  );
  expect({ subject, acr }).toEqual({ subject: resident.subject, acr: "urn:kazasu:acr:device" });

  const at = { gateway: stack.gateway, partyId: id, roots: chain.slice(-1) };
  const [transactionId = ""] = transactions;
  const { verified } = await signedTransfer(party, at, { subject, transactionId }, transfer);
  expect(verified.content.shown).toEqual(transferToShow(transfer).shown);
  const raised = { ...transfer, amount: "1,120,000円" };
  await expect(signedTransfer(party, at, { subject, transactionId }, raised)).rejects.toMatchObject({
    code: "OTHER_CONTENT",
  });
  const another = { subject: "another", transactionId };
  await expect(signedTransfer(party, at, another, transfer)).rejects.toMatchObject({ code: "OTHER_SUBJECT" });
});

test("ok/a change is received, fetched, written and acknowledged", async () => {
  const { id, caller } = await registered();
  const receiver = await startReceiver();
  try {
    const delivery = { method: "urn:ietf:rfc:8935", endpoint_url: receiver.url };
    expect((await caller.call("POST", "/ssf/streams", { delivery })).status).toBe(201);
    const resident = await Resident.enrolled({ party: id, agree: [...agree] });
    await resident.registerConsentHeld();
    await moveHouse(resident, "北海道札幌市中央区北一条西二丁目１番地");
    const found = await resident.change();
    await resident.answer(found, "confirm");
    const { set } = await eventually(async () => receiver.received[0]);

    const written = new Map<string, object>();
    const seen = new Set<string>();
    const storage: Storage = {
      isNew: async (jti) => !seen.has(jti) && seen.add(jti).has(jti),
      write: async (subject, attributes) => void written.set(subject, attributes),
    };
    const token = async () => {
      const accessToken = await caller.token("attributes");
      const proof = (method: string, url: string) => caller.proof(method, url, accessToken);
      return { accessToken, proof };
    };
    const ca = new RelyingPartyClient({ gateway: stack.gateway, token });
    for (const _ of [1, 2]) await takeEvent(set, { ca, storage, gateway: stack.gateway, partyId: id });
    expect(written.get(resident.subject)).toMatchObject({
      address: "北海道札幌市中央区北一条西二丁目１番地",
    });
    expect(await resident.settled(found.notificationId, "acknowledged")).toMatchObject({
      outcome: "applied",
    });
  } finally {
    await receiver.close();
  }
});
