import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { exitCodeOf } from "../../../cli/audit-verify.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { expectedCheckpoints } from "../../../workers/expected-checkpoints.ts";
import { type AuditBook, openBook } from "./book.ts";

let book: AuditBook;
let notes: string;
beforeAll(async () => {
  book = await openBook();
  notes = await mkdtemp(join(tmpdir(), "kazasu-notes-"));
});
afterAll(async () => {
  await book?.close();
  await rm(notes, { recursive: true, force: true });
});
beforeEach(() => book.clear());

const checkpointFile = async () => join(book.folder, (await readdir(book.folder))[0]!);
const noted = async () => (await book.verify()).lastCheckpoint!.digest;

/** Somebody with all rights in the database who can write to the folder as well, and has no key. */
async function cutBothOff(): Promise<void> {
  const path = await checkpointFile();
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  await writeFile(path, `${lines.slice(0, -1).join("\n")}\n`);
  await book.tamper(
    "delete from audit_lines where id in (select line_id from audit_chain where position > 2)",
  );
  await book.tamper("delete from audit_chain where position > 2");
  await book.tamper("delete from audit_last_checkpoint");
  await book.write(2);
}

describe("who can write to the folder alone", () => {
  test.each([
    ["cuts the last checkpoint off", (lines: string[]) => lines.slice(0, -1)],
    ["removes everything", () => []],
  ])("bad/%s: the database knows what was signed last", async (_, left) => {
    await book.write(2);
    await book.write(2);
    const digest = await noted();
    const path = await checkpointFile();
    const lines = (await readFile(path, "utf8")).trim().split("\n");
    await writeFile(
      path,
      left(lines)
        .map((line) => `${line}\n`)
        .join(""),
    );
    const missed = { what: "checkpoint", detail: expect.stringContaining(digest) };
    expect(exitCodeOf(await book.verify())).toBe(left(lines).length === 0 ? 3 : 2);
    await audit(book.pool, "crl-refused", "next");
    expect(await chainAuditLines(book.deps)).toMatchObject({ isVouched: true, isLost: true });
    await book.write(1);
    expect((await book.verify()).tampering).toMatchObject(missed);
  });

  test("ok/killed between the file and the commit, even twice: nothing is missed", async () => {
    await book.write(2);
    for (const subject of ["one", "two"]) {
      await audit(book.pool, "crl-refused", subject);
      const append = async (jws: string) => {
        await book.checkpoints.append(jws);
        throw new Error("killed");
      };
      const checkpoints = { ...book.checkpoints, append };
      await expect(chainAuditLines({ ...book.deps, checkpoints })).rejects.toThrow("killed");
    }
    await audit(book.pool, "crl-refused", "three");
    expect(await chainAuditLines(book.deps)).toMatchObject({ isLost: false });
    expect(await book.verify()).toMatchObject({ entries: 5, vouchedTo: "5", tampering: undefined });
  });
});

describe("a checkpoint that an auditor noted", () => {
  test("ok/stays where everything goes on as it should", async () => {
    await book.write(2);
    const first = await noted();
    await book.write(2);
    expect(await book.verify([first, await noted()])).toMatchObject({ tampering: undefined, entries: 4 });
  });

  test("bad/is missed where the end of the log was cut off with its checkpoint, and the engine has signed the next", async () => {
    await book.write(2);
    await book.write(2);
    const digest = await noted();
    await cutBothOff();
    expect((await book.verify()).tampering).toBeUndefined();
    const verdict = await book.verify([digest]);
    expect(verdict.tampering).toMatchObject({ what: "checkpoint", detail: expect.stringContaining(digest) });
    expect(exitCodeOf(verdict)).toBe(2);
  });

  test("ok/is given as a digest, as a file of digests, or as a copy of the folder's file", async () => {
    await book.write(2);
    const digest = await noted();
    const path = join(notes, "noted");
    await writeFile(path, `${digest}\n\n`);
    const [copy] = await expectedCheckpoints(await checkpointFile());
    expect([await expectedCheckpoints(digest), await expectedCheckpoints(path), [copy]]).toEqual(
      Array.from({ length: 3 }, () => [digest]),
    );
  });

  test.each([
    ["nowhere", undefined, "neither the digest of a checkpoint nor a file"],
    ["empty", "\n", "no checkpoint in it"],
    ["other", "hello\n", "Line 1 of"],
  ])("bad/%s: one sentence", async (name, content, says) => {
    const path = join(notes, name);
    if (content !== undefined) await writeFile(path, content);
    await expect(expectedCheckpoints(path)).rejects.toThrow(says);
  });
});
