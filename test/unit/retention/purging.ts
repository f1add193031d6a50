import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { createPurgeActivities } from "../../../activities/retention/activities.ts";
import { type AuditBook, openBook } from "../audit/book.ts";
import { day, type Person } from "../notification/people.ts";

export let book: AuditBook;
let now: Date;

export function keepRecords(): void {
  beforeAll(async () => {
    book = await openBook(() => now);
  });
  afterAll(() => book?.close());
  beforeEach(async () => {
    now = new Date();
    await book.clear();
    await book.tamper("update evidence set sealed = 'sealed'");
    await book.tamper("delete from crls");
  });
}

export const year = 365.25 * day;
export const yearsOn = (years: number) => {
  now = new Date(Date.now() + years * year);
};
export const purge = () =>
  createPurgeActivities({
    pool: book.pool,
    clock: () => now,
    years: { books: 10, evidence: 7, consent: 10 },
    checkpoints: book.checkpoints,
    auditKey: book.auditKey,
  }).purgeRecords();
export const count = async (table: string, where: string, value: unknown) =>
  (
    await book.pool.query<{ n: number }>(`select count(*)::int as n from ${table} where ${where} = $1`, [
      value,
    ])
  ).rows[0]!.n;
export const purges = async () =>
  (
    await book.pool.query<{ what: string; count: number; digest: string }>(
      "select what, count, digest from purges order by purged_at, what",
    )
  ).rows;

/** What a purge says of one certificate: "id digest" of its bytes, hashed. */
export async function withEvidence({ phone }: Pick<Person, "phone">) {
  const { enrolmentId } = phone;
  await book.pool.query("update evidence set sealed = 'sealed', created_at = $2 where enrolment_id = $1", [
    enrolmentId,
    new Date(),
  ]);
  return enrolmentId;
}
