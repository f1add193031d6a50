import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { chainAuditLines, runSequencer } from "../../../activities/audit/sequencer.ts";
import { chainBatch } from "../../../domain/audit/chain.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { transaction } from "../../../registry/database.ts";
import { type AuditedRegistry, openAuditedRegistry } from "./audited-registry.ts";

let audited: AuditedRegistry;
beforeAll(async () => {
  audited = await openAuditedRegistry();
});
afterAll(() => audited?.close());
beforeEach(() => audited.clear());

test("ok/writers commit in another order than they wrote, with two sequencers: no line is skipped, no gap", async () => {
  const writers = 6;
  for (let round = 0; round < 8; round += 1) {
    const open = await Promise.all(Array.from({ length: writers }, () => audited.pool.connect()));
    for (const [index, client] of open.entries()) {
      await client.query("begin");
      await audit(client, "crl-refused", `${round}/${index}`);
    }
    // The last one first, and in each round from another place on.
    const order = open.map((_, index) => open[(writers * 3 - 1 - index - round) % writers]!);
    for (const client of order) {
      await client.query("commit");
      client.release();
      await Promise.all([chainAuditLines(audited.deps), chainAuditLines(audited.deps)]);
    }
  }
  // Of two at once one may find the other signing: then the next run vouches for the rest.
  await chainAuditLines(audited.deps);
  expect(await audited.verify()).toMatchObject({
    entries: 48,
    waiting: 0,
    vouchedTo: "48",
    tampering: undefined,
  });
});

test("ok/a rolled-back transaction leaves no line and no gap", async () => {
  await audited.write(1);
  await expect(
    transaction(audited.pool, async (connection) => {
      await audit(connection, "crl-refused", "never");
      throw new Error("rolled back");
    }),
  ).rejects.toThrow("rolled back");
  await audited.write(1);
  expect(await audited.verify()).toMatchObject({ entries: 2, tampering: undefined });
});

test("ok/killed between batch and checkpoint: the next checkpoint covers both", async () => {
  await audited.write(3);
  await audit(audited.pool, "crl-refused", "unvouched");
  expect(await chainBatch(audited.pool)).toBe(1);
  expect(await audited.verify()).toMatchObject({ entries: 4, vouchedTo: "3" });
  await chainAuditLines(audited.deps);
  expect(await audited.verify()).toMatchObject({ entries: 4, vouchedTo: "4", checkpoints: 2 });
});

test("ok/chains more lines than one batch", async () => {
  await audited.pool.query(
    "insert into audit_lines (act, subject) select 'crl-refused', n::text from generate_series(1, 2500) n",
  );
  expect(await chainAuditLines(audited.deps)).toMatchObject({ chained: 2_500 });
  expect(await audited.verify()).toMatchObject({ entries: 2_500, checkpoints: 1, tampering: undefined });
});

test("ok/runs on a timer; closing it chains the rest, and an error does not stop it", async () => {
  const errors: object[] = [];
  let isUnavailable = true;
  const checkpoints = {
    ...audited.checkpoints,
    append: async (jws: string) => {
      if (isUnavailable) throw new Error("the disk is unavailable");
      return audited.checkpoints.append(jws);
    },
  };
  const log = { error: (fields: object) => void errors.push(fields) };
  await audit(audited.pool, "crl-refused", "first");
  const sequencer = runSequencer({ ...audited.deps, checkpoints, log }, 10);
  while (errors.length === 0) await new Promise(setImmediate);
  isUnavailable = false;
  await audit(audited.pool, "crl-refused", "second");
  await sequencer.close();
  expect(await audited.verify()).toMatchObject({ entries: 2, vouchedTo: "2", waiting: 0 });
});
