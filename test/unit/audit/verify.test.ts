import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { generateKeyPair } from "jose";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { emptyHash, hashOf, sha256 } from "../../../domain/audit/chain.ts";
import { signCheckpoint } from "../../../domain/audit/checkpoints.ts";
import { lineText } from "../../../registry/audit/chain.ts";
import { type AuditedRegistry, openAuditedRegistry } from "./audited-registry.ts";

let audited: AuditedRegistry;
beforeAll(async () => {
  audited = await openAuditedRegistry();
});
afterAll(() => audited?.close());
beforeEach(() => audited.clear());

const lineIdAt = async (position: number): Promise<string> =>
  (
    await audited.pool.query<{ id: string }>(
      "select line_id::text as id from audit_chain where position = $1",
      [position],
    )
  ).rows[0]!.id;
const found = async () => (await audited.verify()).tampering;
const checkpointFile = async () => join(audited.folder, (await readdir(audited.folder))[0]!);

/** Writes the whole chain anew over the lines as they are now, as somebody would who hides an edit well. */
async function rewriteChain(): Promise<void> {
  const { rows } = await audited.pool.query<{ id: string; text: string }>(
    `select l.id::text as id, ${lineText} as text from audit_lines l order by l.id`,
  );
  await audited.tamper("delete from audit_chain");
  let before: Buffer = emptyHash;
  for (const [index, { id: lineId, text }] of rows.entries()) {
    const entry = { position: BigInt(index + 1), lineId, lineSha256: sha256(text) };
    before = hashOf(before, entry);
    await audited.tamper(
      "insert into audit_chain (position, line_id, line_sha256, hash) values ($1, $2, $3, $4)",
      [index + 1, lineId, entry.lineSha256, before],
    );
  }
}

test("ok/untouched: intact, and covered by checkpoints to its end", async () => {
  await audited.write(5);
  await audited.write(5);
  expect(await audited.verify()).toEqual({
    entries: 10,
    checkpoints: 2,
    vouchedTo: "10",
    waiting: 0,
    oldestWaitingSeconds: 0,
    lastCheckpoint: { digest: expect.stringMatching(/^[\w-]{43}$/), position: "10", at: expect.any(String) },
    unvouched: [],
    stalled: [],
    tampering: undefined,
  });
});

test("ok/an empty log is intact", async () => {
  expect(await audited.verify()).toMatchObject({ entries: 0, tampering: undefined });
});

describe("each kind of tampering is found, and the first row named", () => {
  beforeEach(async () => {
    await audited.write(6);
    await audited.write(6);
  });

  test.each([
    ["its subject", "update audit_lines set subject = 'another' where id = $1"],
    ["its act", "update audit_lines set act = 'certificate-revoked' where id = $1"],
    ["its time", "update audit_lines set at = at + interval '1 microsecond' where id = $1"],
    ["its detail", `update audit_lines set detail = detail || '{"by":"somebody"}' where id = $1`],
  ])("fail/a line was edited: %s", async (_, sql) => {
    const lineId = await lineIdAt(4);
    await audited.tamper(sql, [lineId]);
    await audited.tamper(sql, [await lineIdAt(9)]);
    expect(await found()).toMatchObject({ what: "edited", position: "4", lineId });
  });

  test("fail/a line was deleted", async () => {
    const lineId = await lineIdAt(7);
    await audited.tamper("delete from audit_lines where id = $1", [lineId]);
    expect(await found()).toMatchObject({ what: "deleted", position: "7", lineId });
  });

  test("fail/a line and its entry were deleted", async () => {
    await audited.tamper("delete from audit_lines where id = $1", [await lineIdAt(7)]);
    await audited.tamper("delete from audit_chain where position = 7");
    expect(await found()).toMatchObject({ what: "deleted", position: "7" });
  });

  test("fail/a line was inserted beyond the chain", async () => {
    await audited.tamper("insert into audit_lines (act, subject) values ('crl-refused', 'forged')");
    expect(await found()).toMatchObject({ what: "inserted" });
  });

  test("fail/a line was deleted before it was chained", async () => {
    await audited.pool.query("insert into audit_lines (act, subject) values ('crl-refused', 'late')");
    await audited.tamper("delete from audit_lines where subject = 'late'");
    expect(await found()).toMatchObject({ what: "deleted" });
  });

  test("fail/two lines were swapped", async () => {
    await audited.tamper(`update audit_chain c set line_id = -o.line_id, line_sha256 = o.line_sha256
      from audit_chain o where c.position + o.position = 11 and c.position in (5, 6)`);
    await audited.tamper("update audit_chain set line_id = -line_id where line_id < 0");
    expect(await found()).toMatchObject({ what: "reordered", position: "5" });
  });

  test("fail/the tail was cut off", async () => {
    const last = await lineIdAt(11);
    await audited.tamper("delete from audit_lines where id >= $1", [last]);
    await audited.tamper("delete from audit_chain where position >= 11");
    expect(await found()).toMatchObject({ what: "cut", position: "11" });
  });

  test("fail/everything was cut off", async () => {
    await audited.tamper("delete from audit_lines");
    await audited.tamper("delete from audit_chain");
    expect(await found()).toMatchObject({ what: "cut", position: "1" });
  });

  test("fail/a line was edited and the whole chain recomputed: the checkpoint reveals it", async () => {
    await audited.tamper("update audit_lines set subject = 'another' where id = $1", [await lineIdAt(2)]);
    await rewriteChain();
    expect(await found()).toMatchObject({ what: "rewritten", position: "6" });
  });

  test("ok/a chain recomputed over the same lines is the same chain", async () => {
    await rewriteChain();
    expect(await found()).toBeUndefined();
  });

  test("fail/an older database was restored: a checkpoint is ahead", async () => {
    await audited.tamper("delete from audit_chain where position > 6");
    await audited.tamper("delete from audit_lines where id > $1", [await lineIdAt(6)]);
    await audited.write(3);
    expect(await found()).toMatchObject({ what: "cut", position: "10" });
  });

  test("fail/a checkpoint was removed", async () => {
    const path = await checkpointFile();
    const [, second] = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, `${second}\n`);
    expect(await found()).toMatchObject({
      what: "checkpoint",
      detail: expect.stringContaining("Checkpoint 1"),
    });
  });

  test("fail/a checkpoint by another key", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const head = { position: 99n, lineId: "99", hash: Buffer.alloc(32) };
    const last = await audited.checkpoints.last();
    await audited.checkpoints.append(
      await signCheckpoint(head, last, { kid: "audit", privateKey }, new Date()),
    );
    expect(await found()).toMatchObject({
      what: "checkpoint",
      detail: expect.stringContaining("does not verify"),
    });
  });

  test("bad/without any checkpoint the chain may verify, but nothing vouches for it", async () => {
    await rm(audited.folder, { recursive: true });
    expect(await audited.verify()).toMatchObject({
      tampering: undefined,
      vouchedTo: "0",
      checkpoints: 0,
      unvouched: [expect.stringContaining("No checkpoint is in KAZASU_CHECKPOINTS")],
    });
  });
});

describe("the database itself refuses", () => {
  test.each([
    ["update audit_lines set subject = 'x'"],
    ["delete from audit_lines"],
    ["truncate audit_lines"],
    ["update audit_chain set hash = hash"],
    ["delete from audit_chain"],
    ["truncate audit_chain"],
  ])("fail/%s", async (sql) => {
    await audited.write(1);
    await expect(audited.pool.query(sql)).rejects.toThrow("append-only");
  });
});

test("ok/unchained lines are reported as pending, not as missing", async () => {
  await audited.write(2);
  await audited.pool.query("insert into audit_lines (act, subject) values ('crl-refused', 'waiting')");
  expect(await audited.verify()).toMatchObject({ waiting: 1, entries: 2, tampering: undefined, stalled: [] });
  await chainAuditLines(audited.deps);
  expect(await audited.verify()).toMatchObject({ waiting: 0, entries: 3, vouchedTo: "3" });
});
