import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { exitCodeOf } from "../../../cli/audit-verify.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { expectedCheckpoints } from "../../../workers/expected-checkpoints.ts";
import { type AuditedRegistry, openAuditedRegistry } from "./audited-registry.ts";

let audited: AuditedRegistry;
let notes: string;
beforeAll(async () => {
  audited = await openAuditedRegistry();
  notes = await mkdtemp(join(tmpdir(), "kazasu-notes-"));
});
afterAll(async () => {
  await audited?.close();
  await rm(notes, { recursive: true, force: true });
});
beforeEach(() => audited.clear());

const checkpointFile = async () => join(audited.folder, (await readdir(audited.folder))[0]!);
const noted = async () => (await audited.verify()).lastCheckpoint!.digest;

/** Somebody with all rights in the database who can write to the folder as well, and has no key. */
async function cutBothOff(): Promise<void> {
  const path = await checkpointFile();
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  await writeFile(path, `${lines.slice(0, -1).join("\n")}\n`);
  await audited.tamper(
    "delete from audit_lines where id in (select line_id from audit_chain where position > 2)",
  );
  await audited.tamper("delete from audit_chain where position > 2");
  await audited.tamper("delete from audit_last_checkpoint");
  await audited.write(2);
}

describe("an attacker who can write to the folder alone", () => {
  test.each([
    ["cuts the last checkpoint off", (lines: string[]) => lines.slice(0, -1)],
    ["removes everything", () => []],
  ])("bad/%s: the database knows the last signed checkpoint", async (_, left) => {
    await audited.write(2);
    await audited.write(2);
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
    expect(exitCodeOf(await audited.verify())).toBe(left(lines).length === 0 ? 3 : 2);
    await audit(audited.pool, "crl-refused", "next");
    expect(await chainAuditLines(audited.deps)).toMatchObject({ isVouched: true, isLost: true });
    await audited.write(1);
    expect((await audited.verify()).tampering).toMatchObject(missed);
  });

  test("ok/killed between the file and the commit, even twice: no finding", async () => {
    await audited.write(2);
    for (const subject of ["one", "two"]) {
      await audit(audited.pool, "crl-refused", subject);
      const append = async (jws: string) => {
        await audited.checkpoints.append(jws);
        throw new Error("killed");
      };
      const checkpoints = { ...audited.checkpoints, append };
      await expect(chainAuditLines({ ...audited.deps, checkpoints })).rejects.toThrow("killed");
    }
    await audit(audited.pool, "crl-refused", "three");
    expect(await chainAuditLines(audited.deps)).toMatchObject({ isLost: false });
    expect(await audited.verify()).toMatchObject({ entries: 5, vouchedTo: "5", tampering: undefined });
  });
});

describe("a checkpoint that an auditor noted", () => {
  test("ok/is found while the log goes on undisturbed", async () => {
    await audited.write(2);
    const first = await noted();
    await audited.write(2);
    expect(await audited.verify([first, await noted()])).toMatchObject({ tampering: undefined, entries: 4 });
  });

  test("bad/is reported missing where the end of the log was cut off with its checkpoint and the engine has signed the next", async () => {
    await audited.write(2);
    await audited.write(2);
    const digest = await noted();
    await cutBothOff();
    expect((await audited.verify()).tampering).toBeUndefined();
    const verdict = await audited.verify([digest]);
    expect(verdict.tampering).toMatchObject({ what: "checkpoint", detail: expect.stringContaining(digest) });
    expect(exitCodeOf(verdict)).toBe(2);
  });

  test("ok/is given as a digest, a file of digests, or a copy of the folder's file", async () => {
    await audited.write(2);
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
