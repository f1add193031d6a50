import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { X509Certificate, X509Crl } from "@peculiar/x509";
import { readInbox } from "../../client/app/inbox.ts";
import { fetchCrls } from "../../sandbox/demo/status.ts";
import {
  askAll,
  databaseTime,
  enrolAll,
  gateway,
  makeParty,
  openPages,
  type Party,
  pool,
  readAll,
  revokeAll,
  takeEvents,
  untilShown,
  useAll,
  watchStatus,
  windowMs,
  withdrawAll,
} from "./colluding-parties.ts";
import { Phone } from "./phone.ts";
import { equalValues, fieldsOf, nearTimes, type Received, timeOf, timesOf } from "./received.ts";

const people = 6;
/** The order in which the second party meets them: nobody in the place they had at the first. */
const otherOrder = [3, 2, 1, 0, 5, 4];
const inOrder = [0, 1, 2, 3, 4, 5];

afterAll(() => pool.end());

let parties: [Party, Party];
/** When the act for each person began and ended, by the database's clock. */
const acts: { from: Date; to: Date }[] = [];
/** What a phone is answered right after the act, long before the world knows of the revocation. */
let answeredAfterTheAct: unknown;
beforeAll(async () => {
  const phones = await Promise.all(inOrder.map(() => Phone.new()));
  parties = [await makeParty(), await makeParty()];
  // Towards the register they agree at the first party alone; the other's apps see that too.
  await enrolAll(parties[0], phones, inOrder, ["terms", "register-refresh", "disclosure"]);
  await enrolAll(parties[1], phones, otherOrder, ["terms", "disclosure"]);
  for (const [index, order] of [inOrder, otherOrder].entries()) await useAll(parties[index]!, order);
  for (const [index, order] of [inOrder, otherOrder].entries()) await openPages(parties[index]!, order);
  await askAll(parties[1], otherOrder, parties[0]);
  for (const party of parties) await readAll(party, "before");
  await withdrawAll(parties[1], otherOrder);
  await untilShown(parties[0]);
  for (const party of parties) await readAll(party, "after");
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

/** What each party received of each person, in one order of persons. */
const receivedByBoth = () =>
  parties.map(({ customers }) => customers.map(({ received }) => received)) as [Received[], Received[]];

describe("two parties compare everything they have received", () => {
  test("ok/have data to compare: every field for every person", () => {
    expect(fieldsOf(receivedByBoth().flat()).length).toBeGreaterThan(30);
    for (const field of [
      "id_token.sub",
      "certificate.serialNumber",
      "crl.revocationDate",
      "ocsp.Revocation Time",
      "event.txn",
      "event.iat",
      "event.toe",
      "attributes.provenAt",
      "asked.before.requests.0.expiresAt",
    ])
      for (const party of parties)
        expect(party.customers.every(({ received }) => received.has(field))).toBe(true);
  });

  test("fail/find no value in any field that identifies one person at both", () => {
    expect(equalValues(...receivedByBoth())).toEqual([]);
  });

  test("fail/find nobody by nearby times in any two fields", () => {
    const [ours, theirs] = receivedByBoth();
    expect([...timesOf(ours).keys()]).toEqual(
      expect.arrayContaining(["certificate.notBefore", "app.after.consents.register-refresh.grantedAt"]),
    );
    expect(nearTimes(ours, theirs)).toEqual([]);
  });

  test("fail/find in an app nothing that belongs to another party", () => {
    for (const [index, { customers }] of parties.entries()) {
      const other = parties[1 - index]!;
      for (const [person, { received }] of customers.entries()) {
        const elsewhere = other.customers[person]!;
        const theirs = [
          other.site.partyId,
          elsewhere.resident.subject,
          elsewhere.enrolled.enrolmentId,
          elsewhere.received.get("certificate.serialNumber")!,
          elsewhere.received.get("certificate.publicKey")!,
          elsewhere.received.get("app.after.consents.disclosure.consentId")!,
          elsewhere.received.get("app.after.consents.register-refresh.consentId")!,
        ];
        const app = [...received].filter(([field]) => field.startsWith("app."));
        expect(app.length).toBeGreaterThan(80);
        const shown = app.filter(([, value]) => theirs.some((each) => value.includes(each)));
        expect(shown).toEqual([]);
      }
    }
  });

  test("ok/one act gives each party its own revocation date, and each date is true", async () => {
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
