import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { X509Certificate, X509Crl } from "@peculiar/x509";
import { decodeJwt } from "jose";
import { Pool } from "pg";
import { fetchCrls } from "../../cli/demo/status.ts";
import { Gateway } from "../../client/app/gateway.ts";
import { readInbox } from "../../client/app/inbox.ts";
import { answerLogin, openLogin } from "../../client/app/login.ts";
import type { Enrolled } from "../../client/app/one-tap.ts";
import { transactionType } from "../../protocol/transaction.ts";
import { transaction } from "../../registry/database.ts";
import { revoke } from "../../registry/revoking.ts";
import { sealer } from "../unit/notification/people.ts";
import type { PartyCaller } from "../unit/openid/party-caller.ts";
import { BankLogin, read } from "./bank-login.ts";
import { crlOf } from "./crl-of.ts";
import { ocspTimes } from "./openssl.ts";
import { partyClient } from "./party.ts";
import { Phone } from "./phone.ts";
import { eventually, Resident } from "./resident.ts";
import { stack } from "./stack.ts";

const gateway = new Gateway(stack.gateway);
const people = 6;
/** The order in which the second party meets them: nobody in the place they had at the first. */
const otherOrder = [3, 2, 1, 0, 5, 4];
const inOrder = [0, 1, 2, 3, 4, 5];
/** The window of an act, shorter than those of the engine (`registry/effective-times.ts`): the test sees its end. */
const windowMs = 45_000;

/** What one party has received about one of its customers, by field. Consented attributes are not in it. */
type Received = Map<string, string>;

interface Party {
  site: BankLogin;
  server: PartyCaller;
  streamId: string;
  customers: { resident: Resident; enrolled: Enrolled; received: Received }[];
}

const pool = new Pool({ connectionString: stack.postgres, max: 2 });
afterAll(() => pool.end());

let parties: [Party, Party];
/** When the act for each person began and ended, by the database's clock. */
const acts: { from: Date; to: Date }[] = [];
/** What a phone is answered right after the act, long before the world knows of the revocation. */
let answeredAfterTheAct: unknown;
beforeAll(async () => {
  const phones = await Promise.all(inOrder.map(() => Phone.new()));
  parties = [await makeParty(), await makeParty()];
  for (const [index, order] of [inOrder, otherOrder].entries())
    await enrolAll(parties[index]!, phones, order);
  for (const [index, order] of [inOrder, otherOrder].entries()) await useAll(parties[index]!, order);
  // One act for everything that a person has, at every party.
  for (const { resident } of parties[0].customers) {
    const from = await databaseTime();
    await revokeAll(resident.personId);
    acts.push({ from, to: await databaseTime() });
  }
  const [{ resident }] = parties[1].customers as [Party["customers"][number]];
  answeredAfterTheAct = await readInbox(gateway, resident.enrolment).catch((error: unknown) => error);
  await Promise.all(parties.map(takeEvents));
  for (const party of parties) await watchStatus(party);
});

const databaseTime = async (): Promise<Date> =>
  (await pool.query<{ now: Date }>("select clock_timestamp() as now")).rows[0]!.now;

async function makeParty(): Promise<Party> {
  const site = await BankLogin.of();
  const server = await partyClient(site.partyId);
  const { body } = await server.call("POST", "/ssf/streams", {});
  return { site, server, streamId: String(body["stream_id"]), customers: [] };
}

async function enrolAll({ site, customers }: Party, phones: Phone[], order: number[]): Promise<void> {
  for (const person of order) {
    const phone = await Phone.holding(phones[person]!.card);
    const agree = ["terms" as const, "register-refresh" as const, "disclosure" as const];
    const enrolled = await phone.enrolled({ party: site.partyId, agree });
    const resident = await Resident.of(phone, enrolled.enrolmentId);
    customers[person] = { resident, enrolled, received: new Map() };
  }
}

async function useAll({ site, server, customers }: Party, order: number[]): Promise<void> {
  for (const person of order) {
    const { resident, enrolled, received } = customers[person]!;
    const { certificate, chain } = enrolled;
    const shown = { title: "Transfer", lines: [{ label: "Amount", value: "¥1,000" }] };
    const begun = await site.begin({
      authorization_details: JSON.stringify([{ type: transactionType, shown }]),
    });
    const login = await openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
    const decided = { decision: "approve" as const, certificate, chain };
    const { returnTo = "" } = await answerLogin(gateway, resident.enrolment, login, decided);
    const tokens = await site.finish(begun, (await begun.browser.open(returnTo)).url);
    note(received, "id_token", decodeJwt(tokens.id_token ?? ""));
    const [{ transaction_id: id } = { transaction_id: "" }] = tokens["authorization_details"] as unknown as {
      transaction_id: string;
    }[];
    const signed = await server.call("GET", `/v1/transactions/${id}`, undefined, { scope: "transactions" });
    note(received, "transaction", signed.body);
    const { consentId } = await resident.disclosure();
    const told = await server.call("GET", `/v1/attributes?consent=${consentId}`);
    note(received, "attributes", { ...told.body, attributes: undefined });
    noteCertificate(received, certificate);
  }
}

const revokeAll = (personId: string) =>
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
async function takeEvents({ server, streamId, customers }: Party): Promise<void> {
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
async function watchStatus({ customers }: Party): Promise<void> {
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

/** Every value in it, by its path. */
function note(received: Received, path: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (value instanceof Date) received.set(path, value.toISOString());
  else if (typeof value === "object")
    for (const [name, member] of Object.entries(value)) note(received, `${path}.${name}`, member);
  else received.set(path, `${value as string | number | boolean}`);
}

/**
 * Times of a revocation, which each certificate has of its own, drawn at random. Two of one person are near each other, or
 * nearest, as often as chance has it: for five of six about once in 1,500 runs.
 */
const isDrawn = (field: string): boolean =>
  /^(?:crl\.revocationDate|ocsp\..*|event\.(?:iat|toe))$/.test(field);
const mostByChance = (field: string, otherwise: number): number => (isDrawn(field) ? people - 2 : otherwise);

const fields = (): string[] => [
  ...new Set(parties.flatMap(({ customers }) => customers.flatMap(({ received }) => [...received.keys()]))),
];
const valuesAt = ({ customers }: Party, field: string): (string | undefined)[] =>
  customers.map(({ received }) => received.get(field));

describe("two parties that lay together all they have received", () => {
  test("ok/have something to compare: every field is there for everybody", () => {
    expect(fields().length).toBeGreaterThan(30);
    for (const field of [
      "id_token.sub",
      "certificate.serialNumber",
      "crl.revocationDate",
      "ocsp.Revocation Time",
      "event.txn",
      "event.iat",
      "event.toe",
      "attributes.provenAt",
    ])
      for (const party of parties)
        expect(valuesAt(party, field).every((value) => value !== undefined)).toBe(true);
  });

  test("fail/find no value that singles out one person at both", () => {
    const found = fields().flatMap((field) => {
      const [ours, theirs] = parties.map((party) => valuesAt(party, field));
      const single = ours!.filter(
        (value, person) =>
          value !== undefined &&
          value === theirs![person] &&
          ours!.filter((other) => other === value).length === 1 &&
          theirs!.filter((other) => other === value).length === 1,
      );
      return single.length > mostByChance(field, 0) ? single.map((value) => `${field}: ${value}`) : [];
    });
    expect(found).toEqual([]);
  });

  test("fail/find nobody by the times they know", () => {
    for (const field of fields()) {
      const [ours, theirs] = parties.map((party) => valuesAt(party, field).map(timeOf));
      if (!ours?.every((time) => time !== undefined) || !theirs?.every((time) => time !== undefined))
        continue;
      const right = ours.filter((time, person) => nearest(time, theirs) === person).length;
      // By chance it is one of the six; by a time that both know it would be all.
      expect([field, right <= mostByChance(field, people / 3)]).toEqual([field, true]);
    }
  });

  test("ok/one act gives each party a date of its own, and each date is true", async () => {
    for (const person of inOrder) {
      const { from, to } = acts[person]!;
      const dates = await Promise.all(
        parties.map(async ({ customers }) => {
          const { enrolled, received } = customers[person]!;
          const { serialNumber, notBefore } = new X509Certificate(new Uint8Array(enrolled.certificate));
          const { rows } = await pool.query<{ effectiveAt: Date }>(
            'select effective_at as "effectiveAt" from revocations where serial = $1',
            [serialNumber],
          );
          const second = Math.floor(rows[0]!.effectiveAt.getTime() / 1_000) * 1_000;
          for (const field of ["crl.revocationDate", "ocsp.Revocation Time", "event.toe"])
            expect([field, timeOf(received.get(field))]).toEqual([field, second]);
          expect(timeOf(received.get("event.iat"))).toBeGreaterThanOrEqual(second);
          expect(timeOf(received.get("ocsp.This Update"))).toBeGreaterThanOrEqual(second);
          expect(second).toBeGreaterThanOrEqual(notBefore.getTime());
          // No earlier than the act, to the second, and no later than its window.
          expect(second).toBeGreaterThan(from.getTime() - 1_000);
          expect(second).toBeLessThanOrEqual(to.getTime() + windowMs);
          return second;
        }),
      );
      expect(new Set(dates).size).toBe(parties.length);
    }
  });

  test("ok/whatever the date, the phone of a revoked enrolment is refused at once", () => {
    expect(answeredAfterTheAct).toMatchObject({ code: "MESSAGE_UNTRUSTED" });
  });

  test("fail/find nothing in the order of a CRL's entries", async () => {
    const certificates = parties.flatMap(({ customers }) =>
      customers.map(({ enrolled }) => enrolled.certificate),
    );
    const lists = (await fetchCrls(certificates)).map((der) =>
      new X509Crl(new Uint8Array(der)).entries.map(({ serialNumber }) => serialNumber),
    );
    expect(lists.flat().length).toBeGreaterThanOrEqual(2 * people);
    for (const serials of lists) expect(serials).toEqual(serials.toSorted());
  });
});

/** Which of the others lies nearest, where one alone does. */
function nearest(time: number, others: number[]): number | undefined {
  const distances = others.map((other) => Math.abs(other - time));
  const least = Math.min(...distances);
  return distances.filter((distance) => distance === least).length === 1
    ? distances.indexOf(least)
    : undefined;
}

/** A time in milliseconds, of ISO 8601, of OpenSSL's words, or of seconds since 1970. */
function timeOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^1[6-9]\d{8}$/.test(value)) return Number(value) * 1000;
  const time = /^\d{4}-\d\d-\d\dT|^[A-Z][a-z]{2} +\d+ .* GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
