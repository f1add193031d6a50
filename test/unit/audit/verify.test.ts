import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { generateKeyPair } from "jose";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { emptyHash, hashOf, sha256 } from "../../../domain/audit/chain.ts";
import { signCheckpoint } from "../../../domain/audit/checkpoints.ts";
import { lineText } from "../../../registry/audit/chain.ts";
import { type AuditBook, openBook } from "./book.ts";

let book: AuditBook;
beforeAll(async () => {
  book = await openBook();
});
afterAll(() => book?.close());
beforeEach(() => book.clear());

const lineIdAt = async (position: number): Promise<string> =>
  (
    await book.pool.query<{ id: string }>("select line_id::text as id from audit_chain where position = $1", [
      position,
    ])
  ).rows[0]!.id;
const found = async () => (await book.verify()).tampering;
const checkpointFile = async () => join(book.folder, (await readdir(book.folder))[0]!);

/** Writes the whole chain anew over the lines as they are now, as somebody would who hides an edit well. */
async function rewriteChain(): Promise<void> {
  const { rows } = await book.pool.query<{ id: string; text: string }>(
    `select l.id::text as id, ${lineText} as text from audit_lines l order by l.id`,
  );
  await book.tamper("delete from audit_chain");
  let before: Buffer = emptyHash;
  for (const [index, { id: lineId, text }] of rows.entries()) {
    const entry = { position: BigInt(index + 1), lineId, lineSha256: sha256(text) };
    before = hashOf(before, entry);
    await book.tamper(
      "insert into audit_chain (position, line_id, line_sha256, hash) values ($1, $2, $3, $4)",
      [index + 1, lineId, entry.lineSha256, before],
    );
  }
}

test("ok/untouched: intact, vouched for to its end", async () => {
  await book.write(5);
  await book.write(5);
  expect(await book.verify()).toEqual({
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
  expect(await book.verify()).toMatchObject({ entries: 0, tampering: undefined });
});

describe("each kind of tampering is found, and the first row named", () => {
  beforeEach(async () => {
    await book.write(6);
    await book.write(6);
  });

  test.each([
    ["its subject", "update audit_lines set subject = 'another' where id = $1"],
    ["its act", "update audit_lines set act = 'certificate-revoked' where id = $1"],
    ["its time", "update audit_lines set at = at + interval '1 microsecond' where id = $1"],
    ["its detail", `update audit_lines set detail = detail || '{"by":"somebody"}' where id = $1`],
  ])("fail/a line was edited: %s", async (_, sql) => {
    const lineId = await lineIdAt(4);
    await book.tamper(sql, [lineId]);
    await book.tamper(sql, [await lineIdAt(9)]);
    expect(await found()).toMatchObject({ what: "edited", position: "4", lineId });
  });

  test("fail/a line was deleted", async () => {
    const lineId = await lineIdAt(7);
    await book.tamper("delete from audit_lines where id = $1", [lineId]);
    expect(await found()).toMatchObject({ what: "deleted", position: "7", lineId });
  });

  test("fail/a line and its entry were deleted", async () => {
    await book.tamper("delete from audit_lines where id = $1", [await lineIdAt(7)]);
    await book.tamper("delete from audit_chain where position = 7");
    expect(await found()).toMatchObject({ what: "deleted", position: "7" });
  });

  test("fail/a line was inserted past the chain", async () => {
    await book.tamper("insert into audit_lines (act, subject) values ('crl-refused', 'forged')");
    expect(await found()).toMatchObject({ what: "inserted" });
  });

  test("fail/a line that waited was deleted before it was chained", async () => {
    await book.pool.query("insert into audit_lines (act, subject) values ('crl-refused', 'late')");
    await book.tamper("delete from audit_lines where subject = 'late'");
    expect(await found()).toMatchObject({ what: "deleted" });
  });

  test("fail/two lines changed places", async () => {
    await book.tamper(`update audit_chain c set line_id = -o.line_id, line_sha256 = o.line_sha256
      from audit_chain o where c.position + o.position = 11 and c.position in (5, 6)`);
    await book.tamper("update audit_chain set line_id = -line_id where line_id < 0");
    expect(await found()).toMatchObject({ what: "reordered", position: "5" });
  });

  test("fail/the tail was cut off", async () => {
    const last = await lineIdAt(11);
    await book.tamper("delete from audit_lines where id >= $1", [last]);
    await book.tamper("delete from audit_chain where position >= 11");
    expect(await found()).toMatchObject({ what: "cut", position: "11" });
  });

  test("fail/everything was cut off", async () => {
    await book.tamper("delete from audit_lines");
    await book.tamper("delete from audit_chain");
    expect(await found()).toMatchObject({ what: "cut", position: "1" });
  });

  test("fail/a line was edited and the whole chain written anew over it: the checkpoint knows", async () => {
    await book.tamper("update audit_lines set subject = 'another' where id = $1", [await lineIdAt(2)]);
    await rewriteChain();
    expect(await found()).toMatchObject({ what: "rewritten", position: "6" });
  });

  test("ok/written anew over the very same lines it is the very same chain", async () => {
    await rewriteChain();
    expect(await found()).toBeUndefined();
  });

  test("fail/an older database was restored: a checkpoint is ahead", async () => {
    await book.tamper("delete from audit_chain where position > 6");
    await book.tamper("delete from audit_lines where id > $1", [await lineIdAt(6)]);
    await book.write(3);
    expect(await found()).toMatchObject({ what: "cut", position: "10" });
  });

  test("fail/a checkpoint was taken out", async () => {
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
    const last = await book.checkpoints.last();
    await book.checkpoints.append(await signCheckpoint(head, last, { kid: "audit", privateKey }, new Date()));
    expect(await found()).toMatchObject({
      what: "checkpoint",
      detail: expect.stringContaining("does not verify"),
    });
  });

  test("bad/without any checkpoint the chain may hold, and nobody vouches for it", async () => {
    await rm(book.folder, { recursive: true });
    expect(await book.verify()).toMatchObject({
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
    await book.write(1);
    await expect(book.pool.query(sql)).rejects.toThrow("append-only");
  });
});

test("ok/lines that wait are reported, not missed", async () => {
  await book.write(2);
  await book.pool.query("insert into audit_lines (act, subject) values ('crl-refused', 'waiting')");
  expect(await book.verify()).toMatchObject({ waiting: 1, entries: 2, tampering: undefined, stalled: [] });
  await chainAuditLines(book.deps);
  expect(await book.verify()).toMatchObject({ waiting: 0, entries: 3, vouchedTo: "3" });
});
