import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runner } from "node-pg-migrate";
import { Pool } from "pg";
import { createTestDatabase } from "../../postgres/database.ts";
import { insert } from "../notification/postgres.ts";

/** The migration that brings announcements, on the phones that stood before it. */

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
const migrate = (more: { count?: number; direction?: "up" | "down" }) =>
  runner({
    databaseUrl: database.url,
    dir: "registry/migrations",
    direction: "up",
    migrationsTable: "migrations",
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ...more,
  });
beforeAll(async () => {
  database = await createTestDatabase("empty");
  await migrate({ count: before });
  pool = new Pool({ connectionString: database.url, max: 1 });
  await pool.query("set session_replication_role = replica");
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

/** 0001 to 0014. */
const before = 14;

async function addPhone(personId: string, partyId: string, day: number, state = "active"): Promise<string> {
  const id = randomUUID();
  await insert(pool, "enrolments", {
    id,
    person_id: personId,
    party_id: partyId,
    app_id: "app",
    pseudonym: "",
    spki_sha256: "",
    state,
  });
  await insert(pool, "certificates", {
    id: randomUUID(),
    enrolment_id: id,
    serial: randomUUID(),
    der: "",
    not_before: "2026-01-01",
    not_after: "2031-01-01",
    issued_at: `2026-02-0${day}`,
  });
  return id;
}

test("ok/a person's oldest phone counts as announced, the others are announced to all within a day; an announced phone stays announced", async () => {
  const [person, alone, asked] = [randomUUID(), randomUUID(), randomUUID()];
  const gone = await addPhone(person, "bank", 1, "revoked");
  const first = await addPhone(person, "bank", 2);
  const second = await addPhone(person, "clinic", 3);
  const third = await addPhone(person, "shop", 4);
  const only = await addPhone(alone, "bank", 5);
  const old = await addPhone(asked, "bank", 6);
  const announced = await addPhone(asked, "bank", 7);
  await insert(pool, "certificate_notices", {
    id: randomUUID(),
    enrolment_id: old,
    kind: "new-phone",
    about: announced,
    created_at: "2026-02-07",
    due_at: "2026-02-07",
    told_at: "2026-02-07",
  });
  await migrate({});
  const { rows: firsts } = await pool.query<{ id: string }>("select id from enrolments where is_first_phone");
  expect(firsts.map(({ id }) => id).toSorted()).toEqual([first, only, old].toSorted());
  const { rows } = await pool.query<{ to: string; about: string; may: boolean; soon: boolean }>(
    `select enrolment_id as to, about, may_stop as may, due_at between now() and now() + interval '1 day' as soon
     from certificate_notices where told_at is null`,
  );
  const short = rows.map(({ to, about, may, soon }) => `${to} ${about} ${may} ${soon}`).toSorted();
  expect(short).toEqual(
    [
      `${first} ${second} true true`,
      `${third} ${second} false true`,
      `${first} ${third} true true`,
      `${second} ${third} false true`,
    ].toSorted(),
  );
  expect(rows.every(({ about }) => about !== gone)).toBe(true);
});
