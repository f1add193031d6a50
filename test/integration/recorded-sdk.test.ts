import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Enrolled } from "../../client/app/one-tap.ts";
import type { PhoneEnrolment } from "../../client/app/phone-message.ts";
import { verifySignedTransaction } from "../../client/relying-party/signed-transaction.ts";
import { type TransactionDetail, transactionType } from "../../protocol/transaction.ts";
import { SimulatedCard } from "../../sandbox/devices/simulated-card.ts";
import { BankLogin, read } from "./bank-login.ts";
import { partyClient } from "./party.ts";
import { pin } from "./phone.ts";
import { type RecordedSdk, recordedSdk } from "./recorded-sdk/recorded.ts";
import { eventually } from "./resident.ts";
import { rows, stack } from "./stack.ts";

/** Apps and parties' servers with an SDK of an earlier commit, on this gateway and this CA's certificates. */

const commit = "b72eb44";
const detail: TransactionDetail = {
  type: transactionType,
  shown: { title: "Transfer", lines: [{ label: "Amount", value: "¥120,000" }] },
};

let old: RecordedSdk;
let bank: BankLogin;
let gateway: InstanceType<RecordedSdk["Gateway"]>;
let enrolled: Enrolled;
let enrolment: PhoneEnrolment;
let subject: string;

describe(`an SDK recorded at ${commit}`, () => {
  beforeAll(async () => {
    old = await recordedSdk(commit);
    bank = await BankLogin.of();
    gateway = new old.Gateway(stack.gateway);
    const card = new SimulatedCard(stack.jlis, `t-${crypto.randomUUID()}`);
    await card.issue({ signPin: pin });
    const deviceKey = await old.makeWebCryptoDeviceKey();
    const { serviceKeys, issuer } = await gateway.configuration();
    const party = { party: bank.partyId, app: `${bank.partyId}-app`, intent: "enrol" as const };
    const asked = { gateway, serviceKey: serviceKeys, deviceKey, language: "ja" as const, ...party };
    const begun = await old.begin(asked);
    const notices = begun.notices.map(({ notice }) => notice);
    const decisions = old.decide(notices, ["terms", "register-refresh", "disclosure"]);
    const { transmit } = card;
    const tapped = await old.signInOneTap(begun, { transmit, pin, decisions });
    enrolled = await old.activate(await old.apply(tapped));
    enrolment = { enrolmentId: enrolled.enrolmentId, deviceKey, issuer };
    const [row] = await rows<{ subject: string }>(
      "select pseudonym as subject from enrolments where id = $1",
      [enrolled.enrolmentId],
    );
    subject = row!.subject;
  });

  test("ok/an app has enrolled with one tap: the name is the person's, and its certificate is good", async () => {
    expect(enrolled.subject).toContain(subject);
    const { certificate, chain } = enrolled;
    const expected = { roots: chain.slice(-1), intermediates: chain.slice(0, -1) };
    // It allowed for no clock skew: a CRL that is published while it asks is in its future, and the next one is not.
    const status = await eventually(async () => {
      const verdict = await old.verifyCertificate(certificate, expected);
      return "why" in verdict && verdict.why === "The CRL is not in its time." ? undefined : verdict;
    });
    expect(status).toEqual({ status: "good" });
  });

  test("ok/an app logs in and signs; the party's server verifies what was signed, with the SDK of then and of now", async () => {
    const begun = await bank.begin({ authorization_details: JSON.stringify([detail]) });
    const login = await old.openLogin(gateway, enrolment, { link: read(begun.page).here });
    expect(login.transaction?.shown).toEqual(detail.shown);
    const { certificate, chain } = enrolled;
    const decided = { decision: "approve" as const, certificate, chain };
    const { returnTo = "" } = await old.answerLogin(gateway, enrolment, login, decided);
    const tokens = await bank.finish(begun, (await begun.browser.open(returnTo)).url);
    expect(tokens.claims()?.sub).toBe(subject);

    const { transactionId } = login.transaction!;
    const server = await partyClient(bank.partyId);
    const path = `/v1/transactions/${transactionId}`;
    const { body } = await server.call("GET", path, undefined, { scope: "transactions" });
    const cms = Buffer.from(String(body["signature"]), "base64url");
    const expected = { roots: chain.slice(-1), party: bank.partyId, transactionId, detail };
    const verified = await old.verifySignedTransaction(cms, expected);
    expect(verified.content.shown).toEqual(detail.shown);
    const now = await verifySignedTransaction(cms, { ...expected, subject });
    expect(now.content).toEqual(verified.content);
  });

  test("ok/a party's server reads the attributes, and verifies a receipt that the person shows", async () => {
    const consent = await eventually(async () =>
      (await old.listConsents(gateway, enrolment)).find(({ kind }) => kind === "disclosure"),
    );
    const server = await partyClient(bank.partyId);
    const token = async () => {
      const accessToken = await server.token("attributes");
      const proof = (method: string, url: string) => server.proof(method, url, accessToken);
      return { accessToken, proof };
    };
    const party = new old.RelyingPartyClient({ gateway: stack.gateway, token });
    expect(await party.attributes(consent.consentId)).toMatchObject({ sub: subject });
    const { issuer, serviceKeys: jwks } = await gateway.configuration();
    const { receipt = "" } = consent;
    expect(await old.verifyReceipt(receipt, { jwks, issuer })).toMatchObject({
      kind: "consent",
      receipt: { record_id: consent.consentId },
    });
  });
});
