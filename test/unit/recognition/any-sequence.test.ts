import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { learn } from "../../../domain/recognition/attribute-record.ts";
import { changedAttributes } from "../../../pki/jpki/comparison.ts";
import { toBePressed } from "../../../pki/jpki/writings.ts";
import type { AttributeName } from "../../../protocol/names.ts";
import { type RecordAttributes, readAttributeRecord } from "../../../registry/attribute-record/records.ts";
import { makePerson, type Person, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { makeWorld, type World } from "../notification/world.ts";
import { hanako, learned, readBy } from "./learned.ts";

let registry: TestRegistry;
let world: World;
beforeAll(async () => {
  registry = await startTestRegistry();
  world = await makeWorld(registry.pool);
});
afterAll(async () => registry?.close());

/** Names and addresses of which many are no change of many others, and not all of all. */
const name = fc.constantFrom(
  ["𠮷﨑　花子", "00000"],
  ["𠮷﨑　花子", ""],
  ["𠮷崎　花子", ""],
  ["■﨑　花子", "10000"],
  ["𠮷■　花子", "01000"],
  ["●●　花子", "11000"],
  ["林　花子", ""],
  ["林崎　花子", ""],
  ["林［佐藤］　花子", ""],
  ["■［佐藤］　花子", "10000000"],
  ["■　花子", "1000"],
  ["𠮷\u{E0100}﨑　花子", ""],
  ["キ■﨑　花子", "110000"],
  ["髙﨑　花子", "00000"],
  ["髙■　花子", "01000"],
  ["佐藤　花子", "00000"],
);
const named = fc
  .record({
    said: name,
    furigana: fc.constantFrom(undefined, "キザキ　ハナコ", "きざき はなこ", "サトウ　ハナコ"),
  })
  .map(({ said: [text = "", flags = ""], furigana }) => ({
    name: text,
    nameSubstitution: flags,
    ...(furigana === undefined ? {} : { furigana }),
  }));
const addressed = fc
  .constantFrom(
    ["東京都港区芝浦１－２－３", ""],
    ["東京都港区芝浦1-2-3", ""],
    ["東京都港区■浦１－２－３", "000001"],
    ["東京都港区𠮷浦１－２－３", ""],
    ["東京都港区葛浦一丁目２番３号", ""],
    ["奈良県橿原市四条町１", ""],
  )
  .map(([address = "", addressSubstitution = ""]) => ({ address, addressSubstitution }));
const born = fc
  .constantFrom("319800000", "319800400", "319800415", "319800015", "319800620", "019800415", "000000000")
  .map((dateOfBirth) => ({ dateOfBirth }));
const proven: fc.Arbitrary<Partial<RecordAttributes>> = fc
  .tuple(fc.option(named), fc.option(addressed), fc.option(born))
  .map((parts) => Object.assign({}, ...parts.map((part) => part ?? {})) as Partial<RecordAttributes>);
const first = fc
  .tuple(named, addressed, born)
  .map(([...parts]) => Object.assign({}, hanako, ...parts) as RecordAttributes);

/** What still differs from the latest answer, for a party that has this. */
const missing = (held: Partial<RecordAttributes>, last: RecordAttributes, of: readonly AttributeName[]) =>
  toBePressed({ ...last, furigana: undefined, ...held }, last).filter((attribute) => of.includes(attribute));

test("ok/the record never drifts: the latest answer is a change, or equals every writing kept since the last change", () => {
  fc.assert(
    fc.property(first, fc.array(proven, { maxLength: 12 }), (begin, steps) => {
      let writings = [begin];
      let sinceName = [begin];
      for (const step of steps) {
        const { attributes, changed, step: what } = learn(writings, step);
        if (what === "nothing") expect(attributes).toEqual(writings.at(-1));
        else writings = [...writings, attributes];
        const said = { ...attributes, ...step };
        expect(changedAttributes(attributes, said)).toEqual([]);
        if (changed.includes("name")) sinceName = [];
        for (const earlier of sinceName) expect(changedAttributes(earlier, said)).not.toContain("name");
        // What says less is not kept, and so nobody is given it.
        sinceName.push(attributes);
      }
    }),
    { numRuns: 300 },
  );
});

type Act = "press" | "decline" | "open" | "nothing";

/** The person answers what they are asked about a version, if anything. */
async function answers(person: Person, version: number, act: Act): Promise<void> {
  if (act === "nothing") return;
  const opened = await world.activities.openNotification({ consentId: person.consentId, version });
  if ("kind" in opened || act === "open" || opened.state !== "open") return;
  const decision = act === "press" ? "confirm" : "decline";
  await world.activities.recordAnswer(await world.stored(person, opened.notificationId, { decision }));
}

/** Whoever gives a party a consent in the middle of it all has the record as it is then. */
async function joins(personId: string, attributes: AttributeName[]): Promise<Person> {
  const person = await makePerson(registry.pool, { records: [], attributes });
  await registry.pool.query("update enrolments set person_id = $2 where person_id = $1", [
    person.personId,
    personId,
  ]);
  const { version, writing } = (await readAttributeRecord(registry.pool, sealer, personId))!;
  await registry.pool.query(
    `update consents set person_id = $2, disclosed_version = $3, settled_version = $3, disclosed_writings = $4
     where id = $1`,
    [person.consentId, personId, version, JSON.stringify({ version, writing, kept: {} })],
  );
  return { ...person, personId };
}

test("ok/after any answers of the register, confirmed or not, each party has the latest from the register", async () => {
  const act = fc.constantFrom<Act>("press", "press", "decline", "open", "nothing");
  const steps = fc.array(fc.record({ said: proven, acts: fc.tuple(act, act, act) }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(first, steps, fc.nat({ max: 7 }), async (begin, said, joinAt) => {
      const whole: AttributeName[] = ["name", "address", "dateOfBirth", "sex"];
      const person = await makePerson(registry.pool, { records: [begin], attributes: whole });
      const parties = [person, await joins(person.personId, ["name"])];
      let last = begin;
      for (const [index, { said: what, acts }] of said.entries()) {
        if (index === joinAt) parties.push(await joins(person.personId, ["name", "dateOfBirth"]));
        const { version, changed } = await learned(registry.pool, person.personId, what);
        last = {
          ...last,
          ...(what.name !== undefined && changed.includes("name") ? { furigana: undefined } : {}),
          ...what,
        };
        for (const [party, act] of acts.entries())
          if (parties[party]) await answers(parties[party], version, act);
      }
      // A last move, and every person who is asked confirms.
      const end = { address: `鹿児島県${randomUUID()}`, addressSubstitution: "" };
      const { version } = await learned(registry.pool, person.personId, end);
      for (const party of parties) {
        await answers(party, version, "press");
        const { attributes } = await readBy(registry.pool, party.consentId);
        const of = Object.keys(attributes).filter((key): key is AttributeName =>
          whole.includes(key as AttributeName),
        );
        const said = { ...last, ...end };
        expect(missing(attributes, said, of)).toEqual([]);
        // Whatever the comparison makes of it: who reads a name does not keep a mark where one that a certificate can write was said.
        if (said.name.startsWith("林")) expect(attributes.name ?? "林").toMatch(/^林/u);
        expect(attributes.furigana === undefined).toBe(said.furigana === undefined);
      }
    }),
    { numRuns: 40 },
  );
});
