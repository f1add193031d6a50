import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readShown } from "../../../domain/notification/shown-change.ts";
import type { AttributeName } from "../../../protocol/names.ts";
import { shownChange } from "../../../protocol/notification.ts";
import { type RecordAttributes, readAttributeRecord } from "../../../registry/attribute-record/records.ts";
import { lockDisclosure } from "../../../registry/consent/disclosures.ts";
import { findNotification } from "../../../registry/notification/notifications.ts";
import { hanako, learned, readBy } from "../recognition/learned.ts";
import { makePerson, type Person, sealer } from "./people.ts";
import { startTestRegistry, type TestRegistry } from "./postgres.ts";
import { makeWorld, rowOf, type World } from "./world.ts";

let registry: TestRegistry;
let world: World;
beforeAll(async () => {
  registry = await startTestRegistry();
  world = await makeWorld(registry.pool);
});
afterAll(async () => registry?.close());

const substituted = { ...hanako, name: "■　花子", nameSubstitution: "1000" };
const known = { name: "𠮷　花子", nameSubstitution: "0000" };

const customer = (first: RecordAttributes, attributes?: AttributeName[]): Promise<Person> =>
  makePerson(registry.pool, { records: [first], ...(attributes ? { attributes } : {}) });
const says = ({ personId }: Person, proven: Partial<RecordAttributes>) =>
  learned(registry.pool, personId, proven);
const reads = async ({ consentId }: Person) => (await readBy(registry.pool, consentId)).attributes;
const asks = ({ consentId }: Person, version: number) =>
  world.activities.openNotification({ consentId, version });
const nothing = { kind: "nothing-to-tell" };

/** What the person is shown of an open notification: old, new. */
async function shown(notificationId: string): Promise<unknown[]> {
  const row = (await findNotification(registry.pool, notificationId))!;
  const consent = (await lockDisclosure(registry.pool, row.consentId, "share", new Date()))!;
  const text = await readShown(registry.pool, sealer, row, consent.attributes);
  return shownChange.parse(JSON.parse(text!)).changes.map(({ attribute, from, to }) => [attribute, from, to]);
}
const pressed = async (person: Person, version: number): Promise<void> => {
  await world.confirmed(person, version);
};

describe("what a party has of a record with several writings", () => {
  test("ok/a character behind a substitute is added, and the next name is asked about from there", async () => {
    const person = await customer(substituted);
    await says(person, known);
    expect(await reads(person)).toMatchObject(known);
    await says(person, { name: "佐藤　花子", nameSubstitution: "00000" });
    const { notificationId } = await world.opened(person, 2);
    expect(await shown(notificationId)).toEqual([["name", "𠮷　花子", "佐藤　花子"]]);
    expect(await reads(person)).toMatchObject(known);
    await world.activities.recordAnswer(await world.stored(person, notificationId));
    expect(await reads(person)).toMatchObject({ name: "佐藤　花子" });
  });

  test.each(["林　花子", "林［佐藤］　花子", "林\u{E0100}　花子"])(
    "bad/a name that a certificate can write (%s), in place of a substitute mark, is asked about: nothing is transmitted without an answer",
    async (name) => {
      const person = await customer(substituted);
      await says(person, { name, nameSubstitution: "0".repeat(Array.from(name).length) });
      expect(await reads(person)).toMatchObject({ name: substituted.name });
      const { notificationId } = await world.opened(person, 2);
      expect(await shown(notificationId)).toEqual([["name", "■　花子", name]]);
      expect(await reads(person)).toMatchObject({ name: substituted.name });
      await world.activities.recordAnswer(await world.stored(person, notificationId));
      expect(await reads(person)).toMatchObject({ name });
    },
  );

  test("ok/furigana is added to the name that the party has; other furigana is asked about", async () => {
    const person = await customer(hanako);
    await says(person, { name: hanako.name, furigana: "ヨシ　ハナコ" });
    expect(await reads(person)).toMatchObject({ name: hanako.name, furigana: "ヨシ　ハナコ" });
    await says(person, { name: hanako.name, furigana: "キチ　ハナコ" });
    expect(await reads(person)).toMatchObject({ furigana: "ヨシ　ハナコ" });
    const { notificationId } = await world.opened(person, 2);
    expect(await shown(notificationId)).toEqual([
      ["name", "𠮷　花子（ヨシ　ハナコ）", "𠮷　花子（キチ　ハナコ）"],
    ]);
    await world.activities.recordAnswer(await world.stored(person, notificationId));
    expect(await reads(person)).toMatchObject({ furigana: "キチ　ハナコ" });
  });

  test("ok/furigana that comes with another change is added, whatever the person says to that change", async () => {
    const person = await customer(hanako);
    await says(person, { name: hanako.name, furigana: "ヨシ　ハナコ", address: "奈良県橿原市四条町１" });
    const { notificationId } = await world.opened(person, 2);
    await world.activities.recordAnswer(await world.stored(person, notificationId, { decision: "decline" }));
    expect(await reads(person)).toMatchObject({ furigana: "ヨシ　ハナコ", address: hanako.address });
  });

  test("ok/any other writing waits for the next answer", async () => {
    const person = await customer(hanako);
    await says(person, { address: "東京都港区芝浦1-2-3" });
    expect(await reads(person)).toMatchObject({ address: hanako.address });
    await says(person, { name: "佐藤　花子", nameSubstitution: "" });
    await pressed(person, 2);
    expect(await reads(person)).toMatchObject({ name: "佐藤　花子", address: "東京都港区芝浦1-2-3" });
  });

  test("ok/a whole birth date is asked about once, and another one again", async () => {
    const person = await customer(hanako);
    await says(person, { dateOfBirth: "319800415" });
    const { notificationId } = await world.opened(person, 2);
    expect(await shown(notificationId)).toEqual([["dateOfBirth", "1980年（月日不明）", "1980年4月15日"]]);
    expect(await reads(person)).toMatchObject({ dateOfBirth: "319800000" });
    await world.activities.recordAnswer(await world.stored(person, notificationId));
    expect(await reads(person)).toMatchObject({ dateOfBirth: "319800415" });
    await says(person, { dateOfBirth: "319800620" });
    await pressed(person, 3);
    expect(await reads(person)).toMatchObject({ dateOfBirth: "319800620" });
  });

  test("ok/a party with a narrower consent: the person is not asked, and the party keeps its writing", async () => {
    const person = await customer(hanako, ["name"]);
    await says(person, { dateOfBirth: "319800415", name: "𠮷 花子" });
    expect(await asks(person, 2)).toEqual(nothing);
    expect(await readBy(registry.pool, person.consentId)).toMatchObject({
      version: 2,
      attributes: { name: hanako.name },
    });
    await says(person, { name: "佐藤　花子" });
    await pressed(person, 3);
    expect(await reads(person)).toMatchObject({ name: "佐藤　花子" });
  });

  test("ok/an attribute that is consented to later is read as the record has it", async () => {
    const person = await customer(hanako, ["name"]);
    await says(person, { address: "奈良県橿原市四条町１" });
    expect(await asks(person, 2)).toEqual(nothing);
    await registry.pool.query("update consents set attributes = '{name,address}' where id = $1", [
      person.consentId,
    ]);
    expect(await reads(person)).toMatchObject({ name: hanako.name, address: "奈良県橿原市四条町１" });
  });

  test("ok/a name that changes back before the answer needs no answer", async () => {
    const person = await customer(hanako);
    await says(person, { name: "佐藤　花子" });
    await says(person, { name: hanako.name });
    expect(await asks(person, 3)).toEqual(nothing);
    expect(await readBy(registry.pool, person.consentId)).toMatchObject({
      version: 3,
      attributes: { name: hanako.name },
    });
  });

  test("ok/a writing that comes while the person is asked changes neither question nor answer", async () => {
    const person = await customer(hanako);
    await says(person, { address: "奈良県橿原市四条町１－２" });
    const { notificationId } = await world.opened(person, 2);
    const answer = await world.stored(person, notificationId);
    await says(person, { address: "奈良県橿原市四条町1-2" });
    expect(await world.activities.recordAnswer(answer)).toEqual({ kind: "confirmed" });
    expect(await reads(person)).toMatchObject({ address: "奈良県橿原市四条町１－２" });
  });

  test("bad/a change against the latest writing is asked about, though it is none against what the party was given", async () => {
    const address = (text: string, addressSubstitution = "") => ({ address: text, addressSubstitution });
    const person = await customer({ ...hanako, ...address("奈良県■城市㍿ハイツ", "0001000000") });
    // Which character belongs where is ambiguous: the party keeps the substitute.
    await says(person, address("奈良県𠮷城市株式会社ハイツ"));
    expect(await reads(person)).toMatchObject({ address: "奈良県■城市㍿ハイツ" });
    await says(person, address("奈良県髙城市㍿ハイツ"));
    const { notificationId } = await world.opened(person, 2);
    expect((await rowOf(registry.pool, "notifications", notificationId)).attributes).toEqual(["address"]);
  });

  test("bad/declined: a later substitute and the character behind it are never transmitted without an answer", async () => {
    const person = await customer(hanako);
    await says(person, { name: "佐藤　花子", nameSubstitution: "" });
    const { notificationId } = await world.opened(person, 2);
    await world.activities.recordAnswer(await world.stored(person, notificationId, { decision: "decline" }));
    await says(person, { name: "●　花子", nameSubstitution: "1000", address: "奈良県橿原市四条町１" });
    await says(person, { name: "髙　花子", nameSubstitution: "0000" });
    expect(await reads(person)).toMatchObject({ name: hanako.name, address: hanako.address });
    const { version } = (await readAttributeRecord(registry.pool, sealer, person.personId))!;
    await asks(person, version);
    expect(await reads(person)).toMatchObject({ name: hanako.name });
  });
});

describe("rows of the previous version", () => {
  test("ok/a consent and an open notification without a writing are of what is stored", async () => {
    const person = await makePerson(registry.pool, {
      records: [hanako, { ...hanako, address: "奈良県橿原市四条町１" }],
    });
    const { notificationId } = await world.opened(person);
    await registry.pool.query("update notifications set since_writings = null where id = $1", [
      notificationId,
    ]);
    await says(person, { address: "奈良県橿原市四条町 1" });
    expect(await rowOf(registry.pool, "consents", person.consentId)).toMatchObject({
      disclosed_writings: null,
    });
    expect(await shown(notificationId)).toEqual([["address", hanako.address, "奈良県橿原市四条町１"]]);
    expect(await reads(person)).toMatchObject({ address: hanako.address });
    await world.activities.recordAnswer(await world.stored(person, notificationId));
    expect(await reads(person)).toMatchObject({ address: "奈良県橿原市四条町１" });
  });

  test("ok/a worker of the previous version updates the version alone: what was kept of an earlier version no longer counts", async () => {
    const person = await customer(hanako, ["name"]);
    await says(person, { dateOfBirth: "319800415" });
    await asks(person, 2);
    await says(person, { name: "佐藤　花子" });
    await registry.pool.query(
      "update consents set disclosed_version = 3, settled_version = 3 where id = $1",
      [person.consentId],
    );
    expect(await reads(person)).toMatchObject({ name: "佐藤　花子" });
  });

  test("bad/a deleted version is not read as another one", async () => {
    const person = await customer(hanako);
    await registry.pool.query("delete from anchors where person_id = $1", [person.personId]);
    await expect(reads(person)).rejects.toThrow(/registry is damaged/u);
    await expect(asks(person, 2)).rejects.toThrow(/registry is damaged/u);
    expect(await world.activities.openNotification({ consentId: randomUUID(), version: 2 })).toEqual(nothing);
  });
});
