import { type FileHandle, mkdir, open } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** A line of the issuance journal: what was to be signed, and what was. Bytes as base64url. */
export type JournalLine =
  | {
      entry: "intent";
      intentId: string;
      enrolmentId: string;
      serial: string;
      profileHash: string;
      evidenceId: string;
      tbs: string;
    }
  | { entry: "certificate"; intentId: string; enrolmentId: string; serial: string; certificate: string };

/**
 * The record of issuance outside Postgres: a line is on disk before anything it tells of is handed out, so that a
 * lost or restored database never leaves a certificate that nobody knows.
 */
export interface IssuanceJournal {
  /** Resolves once the line is synced to disk. */
  append(line: JournalLine): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a journal file of this process's own in `directory` (JSON lines, append only, mode 0600).
 * Lines that come while a sync is under way share the next one, so that the disk is not the limit at load. After a
 * write that failed the next one begins a new file, so that a torn line is always the last of its file.
 * @throws Error in one sentence when no file can be made in `directory`
 */
export async function openJournal(directory: string, clock: () => Date): Promise<IssuanceJournal> {
  let files = 0;
  const newFile = async (): Promise<FileHandle> => {
    const name = `issuance-${hostname()}-${process.pid}-${clock().getTime()}-${files++}.jsonl`;
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const opened = await open(join(directory, name), "a", 0o600);
      await syncDirectory(directory);
      return opened;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new Error(
        `The issuance journal cannot be written in ${directory} (${code}), and nothing is issued without it: give ` +
          "KAZASU_JOURNAL a folder that the worker may write to.",
        { cause },
      );
    }
  };
  let file: FileHandle | undefined = await newFile();
  let waiting: { text: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;
  let closed = false;

  const write = async (text: string): Promise<void> => {
    file ??= await newFile();
    try {
      await file.appendFile(text);
      await file.datasync();
    } catch (error) {
      await file.close().catch(() => {});
      file = undefined;
      throw error;
    }
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await write(batch.map(({ text }) => text).join(""));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    writing = undefined;
  };

  return {
    append: (line) =>
      new Promise<void>((done, failed) => {
        if (closed) throw new Error("The issuance journal is closed: its worker is ending.");
        const text = `${JSON.stringify({ at: clock().toISOString(), ...line })}\n`;
        waiting.push({ text, done, failed });
        writing ??= drain();
      }),
    async close() {
      closed = true;
      await writing;
      await file?.close();
    },
  };
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
