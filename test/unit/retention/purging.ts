import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { createPurgeActivities } from "../../../activities/retention/activities.ts";
import { type AuditedRegistry, openAuditedRegistry } from "../audit/audited-registry.ts";
import { day, type Person } from "../notification/people.ts";

export let audited: AuditedRegistry;
let now: Date;

export function keepRecords(): void {
  beforeAll(async () => {
    audited = await openAuditedRegistry(() => now);
  });
  afterAll(() => audited?.close());
  beforeEach(async () => {
    now = new Date();
    await audited.clear();
    await audited.tamper("update evidence set sealed = 'sealed'");
    await audited.tamper("delete from crls");
  });
}

export const year = 365.25 * day;
export const yearsOn = (years: number) => {
  now = new Date(Date.now() + years * year);
};
export const purge = () =>
  createPurgeActivities({
    pool: audited.pool,
    clock: () => now,
    years: { certificate: 10, evidence: 7, consent: 10 },
    checkpoints: audited.checkpoints,
    auditKey: audited.auditKey,
  }).purgeRecords();
export const count = async (table: string, where: string, value: unknown) =>
  (
    await audited.pool.query<{ n: number }>(`select count(*)::int as n from ${table} where ${where} = $1`, [
      value,
    ])
  ).rows[0]!.n;
export const purges = async () =>
  (
    await audited.pool.query<{ what: string; count: number; digest: string }>(
      "select what, count, digest from purges order by purged_at, what",
    )
  ).rows;

/** What a purge says of one certificate: "id digest" of its bytes, hashed. */
export async function withEvidence({ phone }: Pick<Person, "phone">) {
  const { enrolmentId } = phone;
  await audited.pool.query("update evidence set sealed = 'sealed', created_at = $2 where enrolment_id = $1", [
    enrolmentId,
    new Date(),
  ]);
  return enrolmentId;
}
