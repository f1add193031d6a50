import { randomInt } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { foldMoves, readCounts } from "../../../registry/console/counts.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { keepCounts } from "../../../workers/keep-counts.ts";
import { makePerson, type Person } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let registry: TestRegistry;
let person: Person;
beforeAll(async () => {
  registry = await startTestRegistry();
  person = await makePerson(registry.pool);
});
afterAll(() => registry?.close());

const states = ["pending", "delivered", "dead-lettered", "cancelled"];

/** Events that come, move and go, a hundred times, at random. */
async function live(): Promise<void> {
  for (let step = 0; step < 100; step += 1) {
    const jti = crypto.randomUUID();
    await addSecurityEvent(registry.pool, { jti, partyId: person.partyId, event: "urn:x", claims: {} });
    const some = "select position from security_events order by random() limit 3";
    await registry.pool.query(`update security_events set state = $1 where position in (${some})`, [
      states[randomInt(states.length)],
    ]);
    if (step % 5 === 0) await registry.pool.query(`delete from security_events where position in (${some})`);
  }
}

async function waiting(): Promise<number> {
  const { rows } = await registry.pool.query("select count(*)::integer as count from lifecycle_moves");
  return rows[0].count;
}

const deliveries = async () =>
  (await readCounts(registry.pool))
    .filter(({ lifecycle }) => lifecycle === "delivery")
    .map(({ state, count }) => ({ state, count }));

async function counted() {
  const { rows } = await registry.pool.query(
    "select state, count(*)::float8 as count from security_events group by state order by state",
  );
  return rows;
}

test("ok/after any changes the counts are right; folded twice at once, each change counts once", async () => {
  await live();
  expect(await deliveries()).toEqual(await counted());
  const before = await waiting();
  const folded = await Promise.all([1, 2, 3].map(() => foldMoves(registry.pool)));
  expect(folded.reduce((sum, each) => sum + each, 0)).toBe(before);
  expect(await deliveries()).toEqual(await counted());
});

test("ok/changes are folded while nobody watches", async () => {
  await live();
  const end = keepCounts(registry.pool, { error: () => {} });
  await end();
  expect(await waiting()).toBe(0);
  expect(await deliveries()).toEqual(await counted());
});

test("ok/repeated failed attempts are counted as stuck", async () => {
  const stuck = async () =>
    (await readCounts(registry.pool)).find(({ state }) => state === "stuck")?.count ?? 0;
  const before = await stuck();
  const jti = crypto.randomUUID();
  await addSecurityEvent(registry.pool, { jti, partyId: person.partyId, event: "urn:x", claims: {} });
  expect(await stuck()).toBe(before);
  await registry.pool.query("update security_events set attempts = 1 where jti = $1", [jti]);
  expect(await stuck()).toBe(before + 1);
});
