import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { chainAuditLines, runSequencer } from "../../../activities/audit/sequencer.ts";
import { chainBatch } from "../../../domain/audit/chain.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { transaction } from "../../../registry/database.ts";
import { type AuditBook, openBook } from "./book.ts";

let book: AuditBook;
beforeAll(async () => {
  book = await openBook();
});
afterAll(() => book?.close());
beforeEach(() => book.clear());

test("ok/writers that commit in another order than they wrote, two sequencers meanwhile: no line left behind, no gap", async () => {
  const writers = 6;
  for (let round = 0; round < 8; round += 1) {
    const open = await Promise.all(Array.from({ length: writers }, () => book.pool.connect()));
    for (const [index, client] of open.entries()) {
      await client.query("begin");
      await audit(client, "crl-refused", `${round}/${index}`);
    }
    // The last one first, and in each round from another place on.
    const order = open.map((_, index) => open[(writers * 3 - 1 - index - round) % writers]!);
    for (const client of order) {
      await client.query("commit");
      client.release();
      await Promise.all([chainAuditLines(book.deps), chainAuditLines(book.deps)]);
    }
  }
  // Of two at once one may find the other signing: then the next run vouches for the rest.
  await chainAuditLines(book.deps);
  expect(await book.verify()).toMatchObject({
    entries: 48,
    waiting: 0,
    vouchedTo: "48",
    tampering: undefined,
  });
});

test("ok/what was rolled back leaves no line and no gap", async () => {
  await book.write(1);
  await expect(
    transaction(book.pool, async (connection) => {
      await audit(connection, "crl-refused", "never");
      throw new Error("rolled back");
    }),
  ).rejects.toThrow("rolled back");
  await book.write(1);
  expect(await book.verify()).toMatchObject({ entries: 2, tampering: undefined });
});

test("ok/killed between batch and checkpoint: the next one vouches for both", async () => {
  await book.write(3);
  await audit(book.pool, "crl-refused", "unvouched");
  expect(await chainBatch(book.pool)).toBe(1);
  expect(await book.verify()).toMatchObject({ entries: 4, vouchedTo: "3" });
  await chainAuditLines(book.deps);
  expect(await book.verify()).toMatchObject({ entries: 4, vouchedTo: "4", checkpoints: 2 });
});

test("ok/more than a batch", async () => {
  await book.pool.query(
    "insert into audit_lines (act, subject) select 'crl-refused', n::text from generate_series(1, 2500) n",
  );
  expect(await chainAuditLines(book.deps)).toMatchObject({ chained: 2_500 });
  expect(await book.verify()).toMatchObject({ entries: 2_500, checkpoints: 1, tampering: undefined });
});

test("ok/run by itself; closing it chains what is left, and an error is no end", async () => {
  const errors: object[] = [];
  let isAway = true;
  const checkpoints = {
    ...book.checkpoints,
    append: async (jws: string) => {
      if (isAway) throw new Error("the disk is away");
      return book.checkpoints.append(jws);
    },
  };
  const log = { error: (fields: object) => void errors.push(fields) };
  await audit(book.pool, "crl-refused", "first");
  const sequencer = runSequencer({ ...book.deps, checkpoints, log }, 10);
  while (errors.length === 0) await new Promise(setImmediate);
  isAway = false;
  await audit(book.pool, "crl-refused", "second");
  await sequencer.close();
  expect(await book.verify()).toMatchObject({ entries: 2, vouchedTo: "2", waiting: 0 });
});
