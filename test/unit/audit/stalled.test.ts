import { EventEmitter, once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { chainAuditLines, runSequencer } from "../../../activities/audit/sequencer.ts";
import { exitCodeOf, sentencesOf } from "../../../cli/audit-verify.ts";
import { chainStanding, isTailOverdue } from "../../../domain/audit/standing.ts";
import { locks } from "../../../registry/advisory-locks.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { type AuditBook, openBook } from "./book.ts";

let book: AuditBook;
let now = new Date();
/** How often the clock was read: each run of a sequencer does it once at least, and every ten milliseconds in these tests. */
let looks = 0;
const ran = new EventEmitter();
beforeAll(async () => {
  book = await openBook(() => {
    looks += 1;
    ran.emit("look");
    return now;
  });
});
afterAll(() => book?.close());
beforeEach(async () => {
  now = new Date();
  await book.clear();
});
const later = (seconds: number) => {
  now = new Date(Date.now() + seconds * 1_000);
};

/** What somebody in the database does who keeps the sequencer, or whoever signs, from their work. */
async function holding<T>(lock: number, work: () => Promise<T>): Promise<T> {
  const client = await book.pool.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lock]);
    return await work();
  } finally {
    await client.query("select pg_advisory_unlock($1)", [lock]);
    client.release();
  }
}

describe("a log that stands still is no log that is intact", () => {
  test("ok/lines of the last seconds may wait", async () => {
    await book.write(2);
    await audit(book.pool, "crl-refused", "fresh");
    later(4);
    const verdict = await book.verify();
    expect([verdict.waiting, verdict.stalled, exitCodeOf(verdict)]).toEqual([1, [], 0]);
    expect(sentencesOf(verdict).at(-1)).toBe("Intact.");
  });

  test("bad/lines wait because the sequencer's lock is held: an exit code of its own", async () => {
    await book.write(2);
    await holding(locks.auditSequencer, async () => {
      await audit(book.pool, "crl-refused", "held up");
      await chainAuditLines(book.deps);
      later(16);
      const verdict = await book.verify();
      expect(verdict).toMatchObject({ tampering: undefined, unvouched: [] });
      expect(verdict.stalled).toEqual([
        expect.stringContaining("Lines wait to be chained for longer than 5 s"),
      ]);
      expect(exitCodeOf(verdict)).toBe(4);
      expect(sentencesOf(verdict)).not.toContain("Intact.");
    });
  });

  test("bad/their time is written anew, so that they look fresh: one that lies ahead is no fresher", async () => {
    await book.write(1);
    await audit(book.pool, "crl-refused", "held up");
    await book.tamper("update audit_lines set at = at + interval '1 hour' where subject = 'held up'");
    expect(exitCodeOf(await book.verify())).toBe(4);
    expect(await isTailOverdue(book.pool)).toBe(true);
  });

  test("bad/lines are chained, and nobody signs because the checkpoints' lock is held", async () => {
    await book.write(2);
    await holding(locks.auditCheckpoints, async () => {
      await audit(book.pool, "crl-refused", "unsigned");
      await chainAuditLines(book.deps);
      later(16);
      const verdict = await book.verify();
      expect(verdict).toMatchObject({ entries: 3, vouchedTo: "2", waiting: 0 });
      expect(verdict.stalled).toEqual([expect.stringContaining("wait for a checkpoint")]);
      expect(exitCodeOf(verdict)).toBe(4);
    });
  });

  test("ok/the console and /health say so", async () => {
    await audit(book.pool, "crl-refused", "held up");
    expect(await chainStanding(book.pool)).toMatchObject({ waiting: 1, stalled: false });
    await book.tamper("update audit_lines set at = at - interval '16 seconds'");
    expect(await chainStanding(book.pool)).toMatchObject({ waiting: 1, stalled: true });
    await chainAuditLines(book.deps);
    expect(await chainStanding(book.pool)).toMatchObject({ waiting: 0, stalled: false });
  });
});

test.each([
  [{ tampering: { what: "cut", detail: "" }, unvouched: ["x"], stalled: ["x"] }, 2],
  [{ tampering: undefined, unvouched: ["x"], stalled: ["x"] }, 3],
  [{ tampering: undefined, unvouched: [], stalled: ["x"] }, 4],
  [{ tampering: undefined, unvouched: [], stalled: [] }, 0],
] as const)("ok/exit codes: the first of 2, 3, 4", (verdict, code) => {
  expect(exitCodeOf(verdict as never)).toBe(code);
});

describe("the sequencer itself raises the alarm", () => {
  const said: [object, string][] = [];
  const log = { error: (fields: object, message: string) => void said.push([fields, message]) };
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    while (!(await isSo())) await once(ran, "look");
  };
  const isSaid = (wanted: string) => () => said.some(([, message]) => message.includes(wanted));
  /** What was written so far is chained, or held up, and looked at. */
  const looked = async (times = 4) => {
    const before = looks;
    await until(() => looks >= before + times);
  };
  const isChained = async () => {
    const { rows } = await book.pool.query("select 1 from audit_tail limit 1");
    return rows.length === 0;
  };
  beforeEach(() => void said.splice(0));

  test("bad/whoever holds its lock, and removes a line that waits", async () => {
    await book.write(1);
    const sequencer = runSequencer({ ...book.deps, log }, 10);
    await holding(locks.auditSequencer, async () => {
      await audit(book.pool, "crl-refused", "held up");
      await looked();
      expect(said).toEqual([]);
      later(16);
      await until(isSaid("the audit log is stalled"));
      await book.tamper("delete from audit_tail");
      await book.tamper("delete from audit_lines where subject = 'held up'");
      await until(isSaid("lines waiting to be chained were removed"));
    });
    await sequencer.close();
  });

  test("bad/whoever holds the checkpoints' lock", async () => {
    await book.write(1);
    const sequencer = runSequencer({ ...book.deps, log }, 10);
    await holding(locks.auditCheckpoints, async () => {
      await looked();
      later(16);
      await until(isSaid("the audit log is stalled"));
    });
    await sequencer.close();
  });

  test("ok/a log that moves, or has nothing to do, is no alarm", async () => {
    const sequencer = runSequencer({ ...book.deps, log }, 10);
    await book.write(3);
    await looked();
    later(60);
    await looked();
    await audit(book.pool, "crl-refused", "another");
    await until(isChained);
    await looked();
    await sequencer.close();
    expect(said).toEqual([]);
  });
});
