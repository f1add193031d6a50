import { createHash, randomUUID } from "node:crypto";
import { expect } from "@jest/globals";
import { X509Certificate, X509Crl } from "@peculiar/x509";
import { decodeJwt } from "jose";
import { Pool } from "pg";
import { listAttributeReads } from "../../client/app/attribute-reads.ts";
import { changeConsent, withdrawalOf } from "../../client/app/consent-change.ts";
import { listConsents } from "../../client/app/consent-list.ts";
import { Gateway } from "../../client/app/gateway.ts";
import { readInbox } from "../../client/app/inbox.ts";
import { askForLink } from "../../client/app/link-requests.ts";
import { answerLogin, openLogin } from "../../client/app/login.ts";
import { activate, type Enrolled } from "../../client/app/one-tap.ts";
import { answerPageVisit, openPageVisit } from "../../client/app/page-visit.ts";
import { subscribeToPush } from "../../client/app/push-subscription.ts";
import { revoke } from "../../domain/certificate/revoking.ts";
import type { ConsentSummary } from "../../protocol/consent.ts";
import { transactionType } from "../../protocol/transaction.ts";
import { transaction } from "../../registry/database.ts";
import { registerDatasets } from "../../registry/link/datasets.ts";
import { account, termsOf } from "../unit/consent/datasets.ts";
import { sealer } from "../unit/notification/people.ts";
import type { PartyCaller } from "../unit/openid/party-caller.ts";
import { PageBrowser, tapOf } from "../unit/person-page/browser.ts";
import { BankLogin, read } from "./bank-login.ts";
import { crlOf } from "./crl-of.ts";
import { ocspTimes } from "./openssl.ts";
import { partyClient } from "./party.ts";
import { Phone, type Wishes } from "./phone.ts";
import { note, type Received } from "./received.ts";
import { eventually, Resident } from "./resident.ts";
import { stack } from "./stack.ts";

export const gateway = new Gateway(stack.gateway);
/** The window of an act, shorter than those of the engine (`domain/certificate/effective-times.ts`): the test sees its end. */
export const windowMs = 45_000;

export interface Party {
  site: BankLogin;
  server: PartyCaller;
  streamId: string;
  customers: { resident: Resident; enrolled: Enrolled; received: Received }[];
}

export const pool = new Pool({ connectionString: stack.postgres, max: 2 });

export const databaseTime = async (): Promise<Date> =>
  (await pool.query<{ now: Date }>("select clock_timestamp() as now")).rows[0]!.now;

export async function makeParty(): Promise<Party> {
  const site = await BankLogin.of();
  const server = await partyClient(site.partyId);
  const { body } = await server.call("POST", "/ssf/streams", {});
  return { site, server, streamId: String(body["stream_id"]), customers: [] };
}

export async function enrolAll(
  { site, customers }: Party,
  phones: Phone[],
  order: number[],
  agree: NonNullable<Wishes["agree"]>,
): Promise<void> {
  for (const person of order) {
    const phone = await Phone.holding(phones[person]!.card);
    const applied = await phone.applied({ party: site.partyId, agree });
    const enrolled = await activate(applied);
    const resident = await Resident.of(phone, enrolled.enrolmentId);
    const received: Received = new Map();
    note(received, "app.challenge", applied.begun.claims);
    note(received, "app.code", Buffer.from(applied.code));
    note(received, "app.enrolled", enrolled);
    customers[person] = { resident, enrolled, received };
  }
}

export async function useAll({ site, server, customers }: Party, order: number[]): Promise<void> {
  for (const person of order) {
    const { resident, enrolled, received } = customers[person]!;
    const { certificate, chain } = enrolled;
    const shown = { title: "Transfer", lines: [{ label: "Amount", value: "¥1,000" }] };
    const begun = await site.begin({
      authorization_details: JSON.stringify([{ type: transactionType, shown }]),
    });
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    const decided = { decision: "approve" as const, certificate, chain };
    const answered = await answerLogin(gateway, resident.enrolment, login, decided);
    note(received, "app.login", { login, answered });
    const tokens = await site.finish(begun, (await begun.browser.open(answered.returnTo ?? "")).url);
    note(received, "id_token", decodeJwt(tokens.id_token ?? ""));
    const [{ transaction_id: id } = { transaction_id: "" }] = tokens["authorization_details"] as unknown as {
      transaction_id: string;
    }[];
    const signed = await server.call("GET", `/v1/transactions/${id}`, undefined, { scope: "transactions" });
    note(received, "transaction", signed.body);
    const { consentId } = await resident.disclosure();
    const untilShown = await server.call("GET", `/v1/attributes?consent=${consentId}`);
    note(received, "attributes", { ...untilShown.body, attributes: undefined });
    noteCertificate(received, certificate);
  }
}

/** What the apps of a party read, after what happened there so far. */
export async function readAll({ customers }: Party, when: string): Promise<void> {
  for (const { resident, received } of customers) {
    const { enrolment } = resident;
    note(received, `app.${when}.consents`, byKind(await listConsents(gateway, enrolment)));
    const { linkRequests, ...inbox } = await readInbox(gateway, enrolment);
    note(received, `app.${when}.inbox`, inbox);
    // They name the other party, for the person to decide on.
    note(received, `asked.${when}.requests`, linkRequests);
    note(received, `app.${when}.reads`, await listAttributeReads(gateway, enrolment));
    note(received, `app.${when}.push`, await subscribeToPush(gateway, enrolment, undefined));
  }
}

/** The second party's app asks for a link, which the first one's app shows; nobody answers. */
export async function askAll({ site, customers }: Party, order: number[], giver: Party): Promise<void> {
  await registerDatasets(pool, giver.site.partyId, [account]);
  const { inEnglish: _, ...terms } = termsOf(account, { from: giver.site.partyId, to: site.partyId });
  for (const person of order) {
    const { resident, received } = customers[person]!;
    note(received, "asked.answer", await askForLink(gateway, resident.enrolment, terms));
  }
}

/** A party's app is held the card to for the CA's own page, which the person has opened beside it. */
export async function openPages({ customers }: Party, order: number[]): Promise<void> {
  for (const person of order) {
    const { resident, received } = customers[person]!;
    const browser = new PageBrowser(stack.personPage);
    const { here } = tapOf(await browser.press("/tap"));
    const visit = await openPageVisit(gateway, here);
    const card = await resident.phone.tapCard();
    const answered = await answerPageVisit(gateway, visit, { card });
    await resident.phone.card.remove();
    note(received, "app.page", { visit, answered });
    expect((await browser.open(answered.returnTo)).text).toContain("Stop this phone");
  }
}

/** One party's app ends the person's consent towards the register, which was given at the other party. */
export async function withdrawAll({ customers }: Party, order: number[]): Promise<void> {
  for (const person of order) {
    const { resident, received } = customers[person]!;
    const consent = await eventually(async () =>
      (await resident.consents()).find(({ kind }) => kind === "register-refresh"),
    );
    const answer = await changeConsent(gateway, resident.enrolment, withdrawalOf(consent));
    note(received, "app.withdrawn", answer);
  }
}

/** By what they are about: the order of a list is no name. */
const byKind = (consents: ConsentSummary[]) => Object.fromEntries(consents.map((each) => [each.kind, each]));

/** Until every app has been shown what the other party's app did. */
export const untilShown = ({ customers }: Party) =>
  Promise.all(
    customers.map(({ resident }) =>
      eventually(async () =>
        (await resident.inbox()).consents.find(
          ({ act, where }) => act === "withdraw" && where === "elsewhere",
        ),
      ),
    ),
  );

export const revokeAll = (personId: string) =>
  transaction(pool, (connection) =>
    revoke(connection, sealer, {
      target: { personId },
      reason: "cessationOfOperation",
      by: "operator",
      proof: randomUUID(),
      digest: createHash("sha256").update(randomUUID()).digest("base64url"),
      windowMs,
    }),
  );

/** The events that come of it. They are kept for the party's week alone, which is short at the scale of these tests. */
export async function takeEvents({ server, streamId, customers }: Party): Promise<void> {
  await eventually(async () => {
    const { body } = await server.call("POST", `/ssf/poll/${streamId}`, { returnImmediately: true });
    const sets = Object.values(body["sets"] as Record<string, string>);
    for (const claims of sets.map((set) => decodeJwt(set))) {
      const { id } = claims["sub_id"] as { id: string };
      const customer = customers.find(({ resident }) => resident.subject === id);
      if (customer) note(customer.received, "event", { ...claims, sub_id: id });
    }
    return customers.every(({ received }) => received.has("event.jti")) ? true : undefined;
  });
}

/** What the party sees of its customers' certificates from then on: CRL, OCSP. */
export async function watchStatus({ customers }: Party): Promise<void> {
  for (const { enrolled, received } of customers) {
    const { serialNumber } = new X509Certificate(new Uint8Array(enrolled.certificate));
    const entry = await eventually(
      async () => new X509Crl(await crlOf(enrolled.certificate)).findRevoked(serialNumber) ?? undefined,
    );
    note(received, "crl", { revocationDate: entry.revocationDate, reason: entry.reason });
    const times = await eventually(async () => {
      const answer = await ocspTimes(enrolled);
      return answer["Revocation Time"] === undefined ? undefined : answer;
    });
    note(received, "ocsp", times);
  }
}

function noteCertificate(received: Received, der: Uint8Array): void {
  const { serialNumber, subject, notBefore, notAfter, publicKey, signature } = new X509Certificate(
    new Uint8Array(der),
  );
  const hex = (bytes: ArrayBuffer) => Buffer.from(bytes).toString("hex");
  note(received, "certificate", {
    serialNumber,
    subject,
    notBefore,
    notAfter,
    publicKey: hex(publicKey.rawData),
    signature: hex(signature),
  });
}
