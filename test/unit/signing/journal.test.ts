import {
  type FileHandle,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { type IssuanceJournal, type JournalLine, openJournal } from "../../../activities/signing/journal.ts";

const at = new Date("2026-11-22T12:00:00.000Z");
const clock = () => at;
const line = (n: number): JournalLine => ({
  entry: "signed",
  intentId: `intent-${n}`,
  enrolmentId: "e1",
  serial: "0a",
  certificate: "MIIB",
});

let directory = "";
let journal: IssuanceJournal | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kazasu-journal-"));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await journal?.close();
  journal = undefined;
  await rm(directory, { recursive: true, force: true });
});

const files = async () => (await readdir(directory)).toSorted().map((name) => join(directory, name));
const lines = async () => {
  const texts = await Promise.all((await files()).map((file) => readFile(file, "utf8")));
  return texts
    .flatMap((text) => text.split("\n").slice(0, -1))
    .map((text) => JSON.parse(text) as JournalLine);
};

/** Counts the syncs of every file, through the class that node's file handles share. */
async function countSyncs() {
  const probe = await open(directory, "r");
  const handles = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  return jest.spyOn(handles, "datasync");
}

describe("issuance journal", () => {
  test("ok/a line is in the file, with the time, once its append resolved", async () => {
    journal = await openJournal(directory, clock);
    await journal.append(line(1));
    expect(await lines()).toEqual([{ at: at.toISOString(), ...line(1) }]);
  });

  test("ok/lines that come together are all there once resolved, in order, and share their syncs", async () => {
    journal = await openJournal(directory, clock);
    const syncs = await countSyncs();
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    let before = 0;
    await Promise.all(
      numbers.map(async (n) => {
        await journal!.append(line(n));
        const written = await lines();
        expect(written[n]).toMatchObject({ intentId: `intent-${n}` });
        before = Math.max(before, written.length);
      }),
    );
    expect((await lines()).map(({ intentId }) => intentId)).toEqual(numbers.map((n) => `intent-${n}`));
    // The first goes alone; those that came meanwhile share the second.
    expect(syncs).toHaveBeenCalledTimes(2);
  });

  test("ok/nothing resolves before its sync did", async () => {
    journal = await openJournal(directory, clock);
    const syncs = await countSyncs();
    let release = () => {};
    syncs.mockImplementationOnce(() => new Promise<void>((resolve) => (release = resolve)));
    let resolved = false;
    const appended = journal.append(line(1)).then(() => (resolved = true));
    while (syncs.mock.calls.length === 0) await new Promise(setImmediate);
    expect(resolved).toBe(false);
    release();
    expect(await appended).toBe(true);
  });

  test("ok/the file is its owner's alone, and each start has one of its own", async () => {
    journal = await openJournal(join(directory, "new"), clock);
    expect((await stat(join(directory, "new"))).mode & 0o777).toBe(0o700);
    const [name] = await readdir(join(directory, "new"));
    expect((await stat(join(directory, "new", name!))).mode & 0o777).toBe(0o600);
    const later = await openJournal(join(directory, "new"), () => new Date(at.getTime() + 1));
    await later.close();
    expect(await readdir(join(directory, "new"))).toHaveLength(2);
  });

  test("fail/an append whose sync fails rejects; what comes later is in a new file", async () => {
    journal = await openJournal(directory, clock);
    const syncs = await countSyncs();
    syncs.mockRejectedValueOnce(Object.assign(new Error("EIO"), { code: "EIO" }));
    await expect(journal.append(line(1))).rejects.toMatchObject({ code: "EIO" });
    await journal.append(line(2));
    expect(await files()).toHaveLength(2);
    expect(JSON.parse(await readFile((await files())[1]!, "utf8"))).toMatchObject({ intentId: "intent-2" });
  });

  test("fail/on a full disk every append of the batch rejects, and the next is tried anew", async () => {
    const first = `issuance-${hostname()}-${process.pid}-${at.getTime()}-0.jsonl`;
    await symlink("/dev/full", join(directory, first));
    journal = await openJournal(directory, clock);
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => journal!.append(line(n))));
    expect(outcomes[0]).toMatchObject({ status: "rejected", reason: { code: "ENOSPC" } });
    await rm(join(directory, first));
    await journal.append(line(4));
    expect((await lines()).at(-1)).toMatchObject({ intentId: "intent-4" });
  });

  test("fail/where no file can be created the error says which folder, why, and what to do", async () => {
    await writeFile(join(directory, "file"), "");
    await expect(openJournal(join(directory, "file/journal"), clock)).rejects.toThrow(
      /cannot be written in .*file\/journal \(ENOTDIR\).*KAZASU_JOURNAL/,
    );
  });

  test("fail/after close nothing is taken", async () => {
    journal = await openJournal(directory, clock);
    await journal.close();
    await expect(journal.append(line(1))).rejects.toThrow("closed");
    expect(await lines()).toEqual([]);
    journal = undefined;
  });
});
