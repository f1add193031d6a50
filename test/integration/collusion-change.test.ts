import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { Pool } from "pg";
import { listAttributeReads } from "../../client/app/attribute-reads.ts";
import { listConsents } from "../../client/app/consent-list.ts";
import { decide } from "../../client/app/consents.ts";
import { Gateway } from "../../client/app/gateway.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { registerParty } from "../../registry/party/parties.ts";
import type { PartyCaller } from "../unit/openid/party-caller.ts";
import { partyClient } from "./party.ts";
import { Phone } from "./phone.ts";
import { equalValues, fieldsOf, nearTimes, note, type Received, timesOf } from "./received.ts";
import { eventually, Resident } from "./resident.ts";
import { stack } from "./stack.ts";
import { detectChanges } from "./town-hall.ts";

/** One change of a person's name and address, transmitted to a bank that may know the name and a clinic that may know the address. */

const gateway = new Gateway(stack.gateway);
const pool = new Pool({ connectionString: stack.postgres, max: 2 });
afterAll(() => pool.end());

const names = ["佐藤　花子", "鈴木　花子", "高木　花子", "林田　花子", "中村　花子", "小林　花子"];
/** The order in which the second party meets them: nobody in the place they had at the first. */
const orders = [
  [0, 1, 2, 3, 4, 5],
  [3, 2, 1, 0, 5, 4],
] as const;

interface Party {
  id: string;
  may: AttributeName;
  server: PartyCaller;
  streamId: string;
  customers: { resident: Resident; received: Received }[];
}

let parties: [Party, Party];
beforeAll(async () => {
  const phones = await Promise.all(names.map(() => Phone.new()));
  parties = [await makeParty("name"), await makeParty("address")];
  for (const [index, party] of parties.entries())
    for (const person of orders[index]!) await enrol(party, phones[person]!, person, index === 0);
  for (const { resident } of parties[0].customers) await resident.registerConsentHeld();
  // One after the other, as persons move: at each moment only one of them is notified. Each presses in the
  // clinic's app after the next person has pressed in the bank's: nobody in both at once.
  for (const [person, name] of names.entries()) {
    const { card } = phones[person]!;
    await card.atTownHall("rename", { name });
    await card.atTownHall("move", { address: `東京都港区芝浦${person + 1}丁目２番３号` });
    await card.atTownHall("renew");
    await detectChanges();
    await Promise.all(parties.map((party) => read(party, person, "asked")));
    await press(parties[0], person);
    if (person > 0) await press(parties[1], person - 1);
  }
  await press(parties[1], names.length - 1);
  await Promise.all(parties.map(takeEvents));
});

/** Its certificates carry the person's name, date of birth and gender, and are to be replaced when these change. */
async function makeParty(may: AttributeName): Promise<Party> {
  const id = `party-${randomUUID()}`;
  const apps = [{ id: `${id}-app`, attestation: "optional" as const, profile: "attribute" as const }];
  await registerParty(pool, { id, name: { ja: "試験", en: "Test" }, apps });
  const server = await partyClient(id);
  const { body } = await server.call("POST", "/ssf/streams", {});
  return { id, may, server, streamId: String(body["stream_id"]), customers: [] };
}

async function enrol({ id: party, may, customers }: Party, holder: Phone, person: number, first: boolean) {
  const phone = await Phone.holding(holder.card);
  const { notices } = await phone.begin({ party });
  const agree = ["terms", "disclosure", ...(first ? ["register-refresh"] : [])] as ("terms" | "disclosure")[];
  const decisions = decide(
    notices.map(({ notice }) => notice),
    agree,
  ).map((each) => (each.notice.purpose === "disclosure" ? { ...each, attributes: [may] } : each));
  const { enrolmentId } = await phone.enrolled({ party, decisions });
  customers[person] = { resident: await Resident.of(phone, enrolmentId), received: new Map() };
}

/** What a party's app reads, once the person is asked about the change and about the certificate. */
async function read({ customers, may }: Party, person: number, when: "asked" | "pressed"): Promise<void> {
  const { resident, received } = customers[person]!;
  const inbox = await eventually(async () => {
    const found = await resident.inbox();
    const isThere = when === "asked" ? found.open.length : found.settled.length;
    return isThere > 0 && found.certificates.length > 0 ? found : undefined;
  });
  const asked = inbox.open.flatMap(({ change }) => change.changes.map(({ attribute }) => attribute));
  if (when === "asked") expect(asked).toEqual([may]);
  note(received, `app.${when}.inbox`, inbox);
  note(received, `app.${when}.consents`, await listConsents(gateway, resident.enrolment));
  note(received, `app.${when}.reads`, await listAttributeReads(gateway, resident.enrolment));
}

async function press(party: Party, person: number): Promise<void> {
  const { resident, received } = party.customers[person]!;
  await resident.answer(await resident.change(), "confirm");
  const { consentId } = await resident.disclosure();
  const { body } = await party.server.call("GET", `/v1/attributes?consent=${consentId}`);
  note(received, "attributes", { ...body, attributes: undefined });
  await read(party, person, "pressed");
}

async function takeEvents({ server, streamId, customers }: Party): Promise<void> {
  await eventually(async () => {
    const { body } = await server.call("POST", `/ssf/poll/${streamId}`, { returnImmediately: true });
    for (const set of Object.values(body["sets"] as Record<string, string>)) {
      const claims = decodeJwt(set);
      const { id } = claims["sub_id"] as { id: string };
      const customer = customers.find(({ resident }) => resident.subject === id);
      if (customer) note(customer.received, "event", { ...claims, sub_id: id });
    }
    return customers.every(({ received }) => received.has("event.jti")) ? true : undefined;
  });
}

const receivedByBoth = () =>
  parties.map(({ customers }) => customers.map(({ received }) => received)) as [Received[], Received[]];

describe("two parties with no common attribute compare what one change brought them", () => {
  test("ok/have data to compare: each app was asked about the change and about its certificate", () => {
    for (const all of receivedByBoth()) {
      expect(fieldsOf(all).length).toBeGreaterThan(30);
      for (const field of [
        "app.asked.inbox.open.0.expiresAt",
        "app.asked.inbox.certificates.0.at",
        "attributes.provenAt",
        "event.iat",
        "event.txn",
      ])
        expect([field, all.every((received) => received.has(field))]).toEqual([field, true]);
      expect(new Set(all.map((received) => received.get("app.asked.inbox.certificates.0.kind")))).toEqual(
        new Set(["replace"]),
      );
    }
  });

  test("fail/find no value in any field that identifies one person at both", () => {
    expect(equalValues(...receivedByBoth())).toEqual([]);
  });

  test("fail/find nobody by nearby times in any two fields", () => {
    const [ours, theirs] = receivedByBoth();
    expect([...timesOf(ours).keys()]).toEqual(
      expect.arrayContaining(["app.asked.inbox.open.0.expiresAt", "app.asked.inbox.certificates.0.at"]),
    );
    expect(nearTimes(ours, theirs)).toEqual([]);
  });
});
