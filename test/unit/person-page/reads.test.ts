import { beforeEach, expect, test } from "@jest/globals";
import { mostLinesOfDay } from "../../../domain/consent/disclosing.ts";
import type { AttributeName } from "../../../protocol/names.ts";
import { addAttributeRead } from "../../../registry/attribute-record/reads.ts";
import { addRefusedRead } from "../../../registry/attribute-record/refused-reads.ts";
import { person, registry, servePageForEachTest, world } from "./opened-page.ts";
import { type Person } from "./world.ts";

/** What parties read and asked for, as the page shows it. */

/** The same person at two parties. */
let bank: Person;
let clinic: Person;

servePageForEachTest();
beforeEach(async () => {
  bank = person;
  clinic = { ...(await world.newPerson()), personId: bank.personId };
});

test("bad/a party that reads a hundred times hides no other party's read", async () => {
  await world.granted(bank, { attributes: ["address"] });
  const consentId = (await world.inForceOf(bank))[0]!.id;
  const read = { consentId, personId: bank.personId, version: 1, way: "attributes" as const };
  const add = (partyId: string, attributes: AttributeName[], day: number) =>
    addAttributeRead(
      registry.pool,
      {
        ...read,
        partyId,
        attributes,
        asked: attributes,
        readAt: new Date(Date.UTC(2026, 0, day, 3)),
      },
      mostLinesOfDay,
    );
  await add(clinic.partyId, ["dateOfBirth"], 1);
  for (let day = 2; day <= 101; day += 1)
    await add(bank.partyId, day % 2 ? ["address", "name"] : ["name", "address"], day);
  const { text } = await (await world.opened(bank)).open();
  expect(text).toContain("1 Jan 2026, 12:00 · date of birth");
  expect(text).toContain("100 times since 2 Jan 2026, 12:00");
});

test("bad/a party that reads without a consent: the page shows one refused line a day", async () => {
  const { personId, partyId } = clinic;
  const ask = (asked: AttributeName[], at: string) =>
    addRefusedRead(registry.pool, { personId, partyId, asked, at: new Date(at) });
  for (let n = 0; n < 50; n += 1) await ask(n % 2 ? ["address"] : ["name"], `2026-05-01T01:02:${n + 10}Z`);
  await ask(["sex"], "2026-05-01T15:00:00Z");
  const { rows } = await registry.pool.query(
    "select day::text, asked, times from refused_reads where person_id = $1 order by day",
    [personId],
  );
  expect(rows).toEqual([
    { day: "2026-05-01", asked: ["address", "name"], times: 50 },
    { day: "2026-05-02", asked: ["sex"], times: 1 },
  ]);
  const { text } = await (await world.opened(bank)).open();
  expect(text).toContain("requested and refused: address, name · 50 times since 1 May 2026, 10:02");
  expect(text).toContain("2 May 2026, 00:00 · requested and refused: sex");
});

test("bad/a party that reads a thousand times a day adds a bounded number of rows, and each read is counted", async () => {
  await world.granted(bank, { attributes: ["address"] });
  const consentId = (await world.inForceOf(bank))[0]!.id;
  const read = { consentId, personId: bank.personId, partyId: bank.partyId, version: 1 };
  const add = (n: number, attributes: AttributeName[], way: "attributes" | "userinfo" = "attributes") =>
    addAttributeRead(
      registry.pool,
      {
        ...read,
        attributes,
        asked: ["address"],
        way,
        readAt: new Date(Date.UTC(2026, 4, 1, 1, 0, n)),
      },
      mostLinesOfDay,
    );
  for (let n = 0; n < 200; n += 1) await add(n, ["address"]);
  await add(200, ["address"], "userinfo");
  await add(201, []);
  await add(202, []);
  await add(86_400, ["address"]);
  const { rows } = await registry.pool.query(
    "select way, times, read_at, last_read_at from attribute_reads where person_id = $1 order by id",
    [bank.personId],
  );
  expect(rows).toHaveLength(mostLinesOfDay + 3);
  expect(rows[mostLinesOfDay - 1]).toMatchObject({
    times: 200 - mostLinesOfDay + 1,
    last_read_at: new Date(Date.UTC(2026, 4, 1, 1, 0, 199)),
  });
  const { text } = await (await world.opened(bank)).open();
  expect(text).toContain("202 times since 1 May 2026, 10:00");
  expect(text).toContain("requested and refused: address · 2 times");
});
