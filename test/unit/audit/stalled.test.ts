import { EventEmitter, once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { chainAuditLines, runSequencer } from "../../../activities/audit/sequencer.ts";
import { exitCodeOf, sentencesOf } from "../../../cli/audit-verify.ts";
import { chainStanding, isTailOverdue } from "../../../domain/audit/standing.ts";
import { locks } from "../../../registry/advisory-locks.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { type AuditedRegistry, openAuditedRegistry } from "./audited-registry.ts";

let audited: AuditedRegistry;
let now = new Date();
/** How often the clock was read: each run of a sequencer does it once at least, and every ten milliseconds in these tests. */
let looks = 0;
const ran = new EventEmitter();
beforeAll(async () => {
  audited = await openAuditedRegistry(() => {
    looks += 1;
    ran.emit("look");
    return now;
  });
});
afterAll(() => audited?.close());
beforeEach(async () => {
  now = new Date();
  await audited.clear();
});
const later = (seconds: number) => {
  now = new Date(Date.now() + seconds * 1_000);
};

/** What a session of the database does to keep the sequencer, or the signing of checkpoints, from its work. */
async function holding<T>(lock: number, work: () => Promise<T>): Promise<T> {
  const client = await audited.pool.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lock]);
    return await work();
  } finally {
    await client.query("select pg_advisory_unlock($1)", [lock]);
    client.release();
  }
}

describe("a stalled log is not reported as intact", () => {
  test("ok/lines of the last seconds may be unchained", async () => {
    await audited.write(2);
    await audit(audited.pool, "crl-refused", "fresh");
    later(4);
    const verdict = await audited.verify();
    expect([verdict.waiting, verdict.stalled, exitCodeOf(verdict)]).toEqual([1, [], 0]);
    expect(sentencesOf(verdict).at(-1)).toBe("Intact.");
  });

  test("bad/lines wait because the sequencer's lock is held: a distinct exit code", async () => {
    await audited.write(2);
    await holding(locks.auditSequencer, async () => {
      await audit(audited.pool, "crl-refused", "held up");
      await chainAuditLines(audited.deps);
      later(16);
      const verdict = await audited.verify();
      expect(verdict).toMatchObject({ tampering: undefined, unvouched: [] });
      expect(verdict.stalled).toEqual([
        expect.stringContaining("Lines wait to be chained for longer than 5 s"),
      ]);
      expect(exitCodeOf(verdict)).toBe(4);
      expect(sentencesOf(verdict)).not.toContain("Intact.");
    });
  });

  test("bad/their time was rewritten to look recent: a time in the future counts as old", async () => {
    await audited.write(1);
    await audit(audited.pool, "crl-refused", "held up");
    await audited.tamper("update audit_lines set at = at + interval '1 hour' where subject = 'held up'");
    expect(exitCodeOf(await audited.verify())).toBe(4);
    expect(await isTailOverdue(audited.pool)).toBe(true);
  });

  test("bad/lines are chained but not signed, because the checkpoints' lock is held", async () => {
    await audited.write(2);
    await holding(locks.auditCheckpoints, async () => {
      await audit(audited.pool, "crl-refused", "unsigned");
      await chainAuditLines(audited.deps);
      later(16);
      const verdict = await audited.verify();
      expect(verdict).toMatchObject({ entries: 3, vouchedTo: "2", waiting: 0 });
      expect(verdict.stalled).toEqual([expect.stringContaining("wait for a checkpoint")]);
      expect(exitCodeOf(verdict)).toBe(4);
    });
  });

  test("ok/the console and /health say so", async () => {
    await audit(audited.pool, "crl-refused", "held up");
    expect(await chainStanding(audited.pool)).toMatchObject({ waiting: 1, stalled: false });
    await audited.tamper("update audit_lines set at = at - interval '16 seconds'");
    expect(await chainStanding(audited.pool)).toMatchObject({ waiting: 1, stalled: true });
    await chainAuditLines(audited.deps);
    expect(await chainStanding(audited.pool)).toMatchObject({ waiting: 0, stalled: false });
  });
});

test.each([
  [{ tampering: { what: "cut", detail: "" }, unvouched: ["x"], stalled: ["x"] }, 2],
  [{ tampering: undefined, unvouched: ["x"], stalled: ["x"] }, 3],
  [{ tampering: undefined, unvouched: [], stalled: ["x"] }, 4],
  [{ tampering: undefined, unvouched: [], stalled: [] }, 0],
] as const)("ok/the exit code is the first that applies of 2, 3, 4", (verdict, code) => {
  expect(exitCodeOf(verdict as never)).toBe(code);
});

describe("the sequencer itself raises the alarm", () => {
  const said: [object, string][] = [];
  const log = { error: (fields: object, message: string) => void said.push([fields, message]) };
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    while (!(await isSo())) await once(ran, "look");
  };
  const isSaid = (wanted: string) => () => said.some(([, message]) => message.includes(wanted));
  /** Time passes with every look, so that a run that began before counts for nothing. */
  const passUntilSaid = async (wanted: string) => {
    for (let seconds = 16; !isSaid(wanted)(); seconds += 16) {
      later(seconds);
      await once(ran, "look");
    }
  };
  /** What was written so far is chained, or held up, and looked at. */
  const looked = async (times = 4) => {
    const before = looks;
    await until(() => looks >= before + times);
  };
  const isChained = async () => {
    const { rows } = await audited.pool.query("select 1 from audit_tail limit 1");
    return rows.length === 0;
  };
  beforeEach(() => void said.splice(0));

  test("bad/a session holds its lock and removes an unchained line", async () => {
    await audited.write(1);
    const sequencer = runSequencer({ ...audited.deps, log }, 10);
    await holding(locks.auditSequencer, async () => {
      await audit(audited.pool, "crl-refused", "held up");
      await looked();
      expect(said).toEqual([]);
      await passUntilSaid("the audit log is stalled");
      await audited.tamper("delete from audit_tail");
      await audited.tamper("delete from audit_lines where subject = 'held up'");
      await until(isSaid("lines waiting to be chained were removed"));
    });
    await sequencer.close();
  });

  test("bad/a session holds the checkpoints' lock", async () => {
    await audited.write(1);
    const sequencer = runSequencer({ ...audited.deps, log }, 10);
    await holding(locks.auditCheckpoints, async () => {
      await looked();
      await passUntilSaid("the audit log is stalled");
    });
    await sequencer.close();
  });

  test("ok/a log that advances, or has nothing to chain, raises no alarm", async () => {
    const sequencer = runSequencer({ ...audited.deps, log }, 10);
    await audited.write(3);
    await looked();
    later(60);
    await looked();
    await audit(audited.pool, "crl-refused", "another");
    await until(isChained);
    await looked();
    await sequencer.close();
    expect(said).toEqual([]);
  });
});
