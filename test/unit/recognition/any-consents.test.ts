import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { toBePressed } from "../../../pki/jpki/writings.ts";
import { attributesChanged, eventTypes } from "../../../protocol/events.ts";
import type { AttributeName } from "../../../protocol/names.ts";
import {
  membersOf,
  type RecordAttributes,
  readAttributeRecord,
} from "../../../registry/attribute-record/records.ts";
import { findConsent } from "../../../registry/consent/consents.ts";
import { markDelivered, pendingFor } from "../../../registry/notification/security-events.ts";
import { type World as ConsentWorld, makeWorld as makeConsentWorld } from "../consent/world.ts";
import { addPhone, makePerson, type Person, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { makeWorld, type World } from "../notification/world.ts";
import { hanako, learned, readBy } from "./learned.ts";

/**
 * Whatever the register says, and however consents are narrowed, widened, withdrawn and given anew around it: a party that does
 * nothing but listen to its events and fetch ends with what the register said last of what is consented.
 */

let registry: TestRegistry;
let world: World;
let consents: ConsentWorld;
beforeAll(async () => {
  registry = await startTestRegistry();
  world = await makeWorld(registry.pool);
  consents = await makeConsentWorld(registry.pool);
});
afterAll(async () => registry?.close());

const whole: AttributeName[] = ["name", "address", "dateOfBirth", "sex"];
const some = fc.subarray(whole, { minLength: 1 });
const said: fc.Arbitrary<Partial<RecordAttributes>> = fc.oneof(
  fc
    .constantFrom(
      ["𠮷　花子", ""],
      ["■　花子", "1000"],
      ["髙　花子", ""],
      ["林　花子", ""],
      ["林［佐藤］　花子", ""],
      ["佐藤　花子", ""],
    )
    .map(([name = "", nameSubstitution = ""]) => ({ name, nameSubstitution })),
  fc
    .constantFrom(
      "東京都港区芝浦１－２－３",
      "東京都港区芝浦1-2-3",
      "奈良県橿原市四条町１",
      "大阪府大阪市北区１",
    )
    .map((address) => ({ address, addressSubstitution: "" })),
  fc.constantFrom("319800000", "319800415", "319800620").map((dateOfBirth) => ({ dateOfBirth })),
);
const step = fc.oneof(
  fc.record({ do: fc.constant("say" as const), what: said }),
  fc.record({ do: fc.constantFrom("open" as const, "press" as const, "listen" as const), at: fc.nat(1) }),
  fc.record({ do: fc.constant("amend" as const), at: fc.nat(1), attributes: some }),
  fc.record({ do: fc.constant("withdraw" as const), at: fc.nat(1) }),
  fc.record({ do: fc.constant("grant" as const), at: fc.nat(1), attributes: some }),
);

/** A person as the customer of one party, and what it has on file. */
interface Customer extends Person {
  known: Partial<RecordAttributes>;
}

async function customer(personId: string | undefined, attributes: AttributeName[]): Promise<Customer> {
  const person = await makePerson(registry.pool, { records: [hanako], attributes });
  if (personId === undefined) return fetched({ ...person, known: {} }, person.consentId);
  const phone = await addPhone(registry.pool, personId, person.partyId);
  await registry.pool.query("update consents set person_id = $2 where id = $1", [person.consentId, personId]);
  return fetched({ ...person, personId, phone, known: {} }, person.consentId);
}

/** Reads under a consent, and updates what the party knows: what is not disclosed stays as the party knew it. */
async function fetched(of: Customer, consentId: string): Promise<Customer> {
  const consent = await findConsent(registry.pool, consentId);
  if (consent?.state !== "in-force") return of;
  const { attributes } = await readBy(registry.pool, consentId);
  for (const name of consent.attributes) for (const member of membersOf[name]) delete of.known[member];
  Object.assign(of.known, attributes);
  return of;
}

/** The party takes what waits for it, event by event. */
async function listens(of: Customer): Promise<void> {
  const wanted = { partyId: of.partyId, events: [eventTypes.attributesChanged], limit: 10, now: new Date() };
  for (;;) {
    const events = await pendingFor(registry.pool, wanted);
    if (events.length === 0) return;
    for (const { jti, claims } of events) {
      await markDelivered(registry.pool, jti);
      await fetched(of, attributesChanged.parse(claims).consent_id);
    }
  }
}

/** The lifecycle puts the newest version before the person, in place of what was open; who presses agrees. */
async function asked({ personId, consentId, phone }: Customer, isPressed: boolean): Promise<void> {
  const { version } = (await readAttributeRecord(registry.pool, sealer, personId))!;
  const { rows } = await registry.pool.query<{ id: string }>(
    "select id from notifications where consent_id = $1 and state = 'open' and version < $2",
    [consentId, version],
  );
  for (const { id } of rows)
    await world.activities.closeNotification({ notificationId: id, why: "cancelled" });
  const opened = await world.activities.openNotification({ consentId, version });
  if ("kind" in opened || !isPressed || opened.state !== "open") return;
  const { rows: shown } = await registry.pool.query(
    "select 1 from notifications n join consents c on c.id = n.consent_id where n.id = $1 and n.attributes && c.attributes",
    [opened.notificationId],
  );
  // Nothing is shown of what is not consented any more.
  if (shown.length === 0) return;
  await world.activities.recordAnswer(await world.stored({ phone }, opened.notificationId));
}

test("ok/after any sequence of changes, answers, amendments, withdrawals and grants the parties have the latest from the register", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const first = await customer(undefined, whole);
      const customers = [first, await customer(first.personId, ["name"])];
      const { personId } = first;
      const inForce = async ({ consentId }: Customer) =>
        (await findConsent(registry.pool, consentId))?.state === "in-force";
      const granted = async (of: Customer, attributes: AttributeName[]) => {
        of.consentId = await consents.granted(of, { attributes });
      };
      let last: RecordAttributes = { ...hanako };
      for (const one of steps) {
        if (one.do === "say") {
          await learned(registry.pool, personId, one.what);
          last = { ...last, ...one.what };
          continue;
        }
        const of = customers[one.at]!;
        if (one.do === "listen") await listens(of);
        else if (one.do === "grant") {
          if (!(await inForce(of))) await granted(of, one.attributes);
        } else if (!(await inForce(of))) continue;
        else if (one.do === "amend")
          await consents.changed(of, { consentId: of.consentId, act: "amend", attributes: one.attributes });
        else if (one.do === "withdraw")
          await consents.changed(of, { consentId: of.consentId, act: "withdraw", attributes: [] });
        else await asked(of, one.do === "press");
      }
      for (const of of customers) {
        if (!(await inForce(of))) await granted(of, ["name", "address"]);
        await asked(of, true);
        await listens(of);
        const { attributes } = (await findConsent(registry.pool, of.consentId))!;
        const news = toBePressed({ ...last, ...of.known }, last);
        expect(attributes.filter((name) => news.includes(name))).toEqual([]);
        for (const name of attributes) expect(of.known).toHaveProperty(name);
      }
    }),
    { numRuns: 30, examples: [[narrowedAroundAMove], [givenAnew], [withdrawnBeforeDelivery]] },
  );
});

const narrowedAroundAMove = [
  { do: "amend" as const, at: 0, attributes: ["name"] as AttributeName[] },
  { do: "say" as const, what: { address: "奈良県橿原市四条町１", addressSubstitution: "" } },
  { do: "press" as const, at: 0 },
  { do: "listen" as const, at: 0 },
  { do: "amend" as const, at: 0, attributes: ["name", "address"] as AttributeName[] },
];
/** The event of the press is still there, unsent, and holds up nothing. */
const withdrawnBeforeDelivery = [
  { do: "say" as const, what: { name: "佐藤　花子", nameSubstitution: "" } },
  { do: "press" as const, at: 0 },
  { do: "withdraw" as const, at: 0 },
];
const givenAnew = [
  { do: "withdraw" as const, at: 0 },
  { do: "say" as const, what: { address: "奈良県橿原市四条町１", addressSubstitution: "" } },
  { do: "grant" as const, at: 0, attributes: ["address"] as AttributeName[] },
];
