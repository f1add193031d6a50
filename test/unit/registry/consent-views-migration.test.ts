import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runner } from "node-pg-migrate";
import { lockSubject } from "../../../registry/consent/consents.ts";
import { consentsShownTo } from "../../../registry/consent/list.ts";
import { transaction } from "../../../registry/database.ts";
import { addLink } from "../../../registry/link/links.ts";
import { account, termsOf } from "../consent/datasets.ts";
import { makeWorld, type World } from "../consent/world.ts";
import { addPhone } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let registry: TestRegistry;
let world: World;
beforeAll(async () => {
  registry = await startTestRegistry();
  world = await makeWorld(registry.pool);
});
afterAll(() => registry?.close());

const migrate = (direction: "up" | "down") =>
  runner({
    databaseUrl: registry.pool.options.connectionString!,
    dir: fileURLToPath(new URL("../../../registry/migrations", import.meta.url)),
    direction,
    ...(direction === "down" ? { count: 1 } : {}),
    migrationsTable: "migrations",
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });

test("ok/consents of the previous version keep id and receipt where they were given, and get an id of their own elsewhere", async () => {
  const { pool } = registry;
  const bank = await world.newPerson();
  const { partyId } = await world.newPerson();
  const { personId } = bank;
  const clinic = { personId, partyId, phone: await addPhone(pool, personId, partyId) };
  await world.atTap()({ enrolmentId: await world.tapped(bank, [{ kind: "register-refresh" }]) });
  const terms = termsOf(account, { from: bank.partyId, to: clinic.partyId });
  const linkId = await transaction(pool, async (connection) => {
    await lockSubject(connection, { personId, kind: "link", partyId: null, linkId: null });
    return addLink(connection, personId, terms, world.plays.now);
  });
  await world.granted(bank, { kind: "link", attributes: [], linkId });
  const consents = await world.inForceOf(bank);
  expect(consents.map(({ kind }) => kind)).toEqual(["link", "register-refresh"]);

  // What a process of before has left: consents, and no views.
  for (;;) {
    const [undone] = await migrate("down");
    if (undone?.name === "0018_consent_views") break;
  }
  await migrate("up");
  const shown = async (at: typeof bank) => (await consentsShownTo(pool, at, new Date(), { limit: 10 })).rows;
  const receipts = await Promise.all(consents.map(async ({ id }) => (await world.changesOf(id))[0].receipt));
  for (const [index, { id, kind }] of consents.entries()) {
    const here = (await shown(bank)).find((each) => each.kind === kind);
    expect(here).toMatchObject({ id, state: "in-force", revision: 1, receipt: receipts[index] });
    const there = (await shown(clinic)).find((each) => each.kind === kind);
    expect(there).toMatchObject({ state: "in-force", revision: 1, receipt: null });
    expect(there!.id).not.toBe(id);
  }
});
