import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Gateway } from "../../client/app/gateway.ts";
import { answerLogin, openLogin } from "../../client/app/login.ts";
import { revokeOwnCertificate } from "../../client/app/revocation.ts";
import { verifySignedTransaction } from "../../client/relying-party/signed-transaction.ts";
import { verifyTransactionAndStatus } from "../../client/relying-party/transaction-status.ts";
import { acrValues } from "../../protocol/login.ts";
import {
  type TransactionDetail,
  type TransactionState,
  transactionType,
} from "../../protocol/transaction.ts";
import { BankLogin, type BegunLogin, read } from "./bank-login.ts";
import { partyClient } from "./party.ts";
import { Phone } from "./phone.ts";
import { refusalOf } from "./refused.ts";
import { eventually, Resident } from "./resident.ts";
import { stack } from "./stack.ts";

const run = promisify(execFile);
const gateway = new Gateway(stack.gateway);
const detail: TransactionDetail = {
  type: transactionType,
  shown: {
    title: "Transfer",
    lines: [
      { label: "To", value: "Sato Hanako" },
      { label: "Amount", value: "¥120,000" },
    ],
  },
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kazasu-transaction-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Customer {
  bank: BankLogin;
  resident: Resident;
  certificate: Uint8Array;
  chain: Uint8Array[];
}

async function customer(): Promise<Customer> {
  const bank = await BankLogin.of();
  const phone = await Phone.new();
  const { certificate, chain, enrolmentId } = await phone.enrolled({ party: bank.partyId });
  return { bank, resident: await Resident.of(phone, enrolmentId), certificate, chain };
}

const begin = (bank: BankLogin, asked: object = detail, more: Record<string, string> = {}) =>
  bank.begin({ authorization_details: JSON.stringify([asked]), ...more });

/** Up to the party's token: what it knows the transaction by. */
async function signed({ bank, resident, certificate, chain }: Customer): Promise<string> {
  const begun = await begin(bank);
  const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
  expect(login.transaction?.shown).toEqual(detail.shown);
  const decided = { decision: "approve" as const, certificate, chain };
  const { returnTo = "" } = await answerLogin(gateway, resident.enrolment, login, decided);
  const tokens = await bank.finish(begun, (await begun.browser.open(returnTo)).url);
  const [granted] = tokens["authorization_details"] as unknown as { transaction_id: string }[];
  return granted!.transaction_id;
}

async function fetched(partyId: string, id: string): Promise<TransactionState> {
  const server = await partyClient(partyId);
  const { status, body } = await server.call("GET", `/v1/transactions/${id}`, undefined, {
    scope: "transactions",
  });
  expect(status).toBe(200);
  return body as unknown as TransactionState;
}

const cmsOf = ({ signature = "" }: TransactionState): Uint8Array => Buffer.from(signature, "base64url");

describe("a transaction that the person is shown", () => {
  test("ok/shown, signed by the device key, fetched by id, verified by OpenSSL and the SDK without asking anybody", async () => {
    const who = await customer();
    const id = await signed(who);
    const state = await fetched(who.bank.partyId, id);
    expect(state).toMatchObject({ transactionId: id, state: "signed", sub: who.resident.subject });

    const root = who.chain.at(-1)!;
    const { subject } = who.resident;
    const expected = { roots: [root], party: who.bank.partyId, subject, transactionId: id, detail };
    const verified = await verifySignedTransaction(cmsOf(state), expected);
    expect(verified).toMatchObject({ subject, content: { transactionId: id, shown: detail.shown } });
    expect(Buffer.from(verified.certificate).equals(Buffer.from(who.certificate))).toBe(true);

    await writeFile(join(directory, "signed.p7"), cmsOf(state));
    await writeFile(
      join(directory, "root.pem"),
      `-----BEGIN CERTIFICATE-----\n${Buffer.from(root)
        .toString("base64")
        .replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    );
    const { stdout } = await run(
      "openssl",
      [
        "cms",
        "-verify",
        "-cades",
        "-binary",
        "-inform",
        "DER",
        "-in",
        join(directory, "signed.p7"),
        "-CAfile",
        join(directory, "root.pem"),
        "-purpose",
        "any",
      ],
      { env: process.env },
    );
    expect(JSON.parse(stdout)).toMatchObject({ transactionId: id, shown: detail.shown });
  });

  test("fail/another amount, party, person, transaction, root or a byte: not what was signed", async () => {
    const who = await customer();
    const id = await signed(who);
    const cms = cmsOf(await fetched(who.bank.partyId, id));
    const root = who.chain.at(-1)!;
    const expected = { roots: [root], party: who.bank.partyId, subject: who.resident.subject, detail };
    const [to, amount] = detail.shown.lines;
    const more = { ...detail, shown: { ...detail.shown, lines: [to!, { ...amount!, value: "¥920,000" }] } };
    const changed = Buffer.from(cms);
    changed[changed.indexOf("120,000")] = 0x39;
    const attempts: [Uint8Array, Parameters<typeof verifySignedTransaction>[1], string][] = [
      [cms, { ...expected, detail: more }, "OTHER_CONTENT"],
      [cms, { ...expected, party: "abc-bank" }, "OTHER_CONTENT"],
      [cms, { ...expected, transactionId: crypto.randomUUID() }, "OTHER_CONTENT"],
      [cms, { ...expected, subject: (await customer()).resident.subject }, "OTHER_SUBJECT"],
      [cms, { ...expected, roots: [] }, "UNTRUSTED_CERTIFICATE"],
      [cms, { ...expected, timeStampRoots: [root] }, "TIME_STAMP_MISSING"],
      [cms, { ...expected, now: new Date("2050-01-01") }, "UNTRUSTED_CERTIFICATE"],
      [changed, expected, "DIGEST_WRONG"],
      [cms.subarray(1), expected, "MALFORMED"],
    ];
    for (const [bytes, rules, code] of attempts)
      expect(await refusalOf(verifySignedTransaction(bytes, rules))).toBe(code);
  });

  test("fail/with the certificate's status: after a revocation, a signature without a time-stamp proves nothing", async () => {
    const who = await customer();
    const cms = cmsOf(await fetched(who.bank.partyId, await signed(who)));
    const { subject, enrolment } = who.resident;
    const expected = {
      roots: [who.chain.at(-1)!],
      party: who.bank.partyId,
      subject,
      status: "ocsp" as const,
    };
    expect(await verifyTransactionAndStatus(cms, expected)).toMatchObject({ subject });
    await revokeOwnCertificate(gateway, enrolment, "keyCompromise");
    await eventually(async () => {
      const outcome = await refusalOf(verifyTransactionAndStatus(cms, expected));
      return outcome === "CERTIFICATE_REVOKED" ? outcome : undefined;
    });
  });

  test("fail/another party does not learn that a transaction exists; a declined one has no signature", async () => {
    const who = await customer();
    const id = await signed(who);
    const stranger = await partyClient();
    const answer = await stranger.call("GET", `/v1/transactions/${id}`, undefined, { scope: "transactions" });
    expect(answer).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });

    const begun = await begin(who.bank);
    const login = await openLogin(gateway, who.resident.enrolment, { link: read(begun.page).here });
    await answerLogin(gateway, who.resident.enrolment, login, { decision: "decline" });
    const state = await fetched(who.bank.partyId, login.transaction!.transactionId);
    expect(state).toEqual({ transactionId: login.transaction!.transactionId, state: "declined" });
  });
});

describe("what a phone may hand in", () => {
  test("fail/nothing, another text, or another key's signature: the login stays open", async () => {
    const who = await customer();
    const other = await customer();
    const begun = await begin(who.bank);
    const login = await openLogin(gateway, who.resident.enrolment, { link: read(begun.page).here });
    const content = { ...login.content };
    delete content.transaction;
    const approve = { decision: "approve" as const, certificate: who.certificate };
    const { enrolment } = who.resident;
    expect(await refusalOf(answerLogin(gateway, enrolment, { ...login, content }, approve))).toBe(
      "MALFORMED_REQUEST",
    );
    const altered = {
      ...login,
      content: { ...login.content, transaction: login.content.transaction!.replace("120,000", "1,000") },
    };
    expect(await refusalOf(answerLogin(gateway, enrolment, altered, approve))).toBe("TRANSACTION_INVALID");
    const theirs = { ...approve, certificate: other.certificate };
    expect(await refusalOf(answerLogin(gateway, enrolment, login, theirs))).toBe("TRANSACTION_INVALID");
    const { state } = await answerLogin(gateway, enrolment, login, approve);
    expect(state).toBe("approved");
  });

  test("fail/from another device nothing is signed without the card", async () => {
    const who = await customer();
    const begun: BegunLogin = await begin(who.bank);
    const { elsewhere, number } = read(begun.page);
    const login = await openLogin(gateway, who.resident.enrolment, { link: elsewhere });
    expect(login).toMatchObject({ card: true, content: { acr: "device" } });
    const decided = { decision: "approve" as const, number, certificate: who.certificate, chain: who.chain };
    expect(await refusalOf(answerLogin(gateway, who.resident.enrolment, login, decided))).toBe("CARD_NEEDED");
    const card = await who.resident.phone.tapCard();
    await answerLogin(gateway, who.resident.enrolment, login, { ...decided, card });
    const back = await begun.browser.open(`${begun.page.url}/return`);
    expect((await who.bank.finish(begun, back.url)).claims()).toMatchObject({ acr: acrValues.card });
  });
});

describe("what a party may ask", () => {
  test.each([
    ["an override of direction", { ...detail, shown: { ...detail.shown, title: "¥1\u202e000" } }],
    ["a space of no width", { ...detail, shown: { ...detail.shown, title: "Trans\u200bfer" } }],
    ["no lines", { ...detail, shown: { title: "Transfer", lines: [] } }],
    ["too many lines", { ...detail, shown: { title: "T", lines: Array(21).fill(detail.shown.lines[0]) } }],
    ["a member of another version", { ...detail, html: "<b>" }],
    ["another type", { ...detail, type: "payment_initiation" }],
  ])("fail/%s", async (_what, asked) => {
    const bank = await BankLogin.of();
    expect(await refusalOf(begin(bank, asked))).toBe("invalid_authorization_details");
  });

  test("fail/two at once, and four megabytes", async () => {
    const bank = await BankLogin.of();
    const two = bank.begin({ authorization_details: JSON.stringify([detail, detail]) });
    expect(await refusalOf(two)).toBe("invalid_authorization_details");
    const huge = { ...detail, shown: { ...detail.shown, title: "x".repeat(4_000_000) } };
    expect(await refusalOf(begin(bank, huge))).not.toBe("nothing was refused");
  });
});
