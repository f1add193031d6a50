import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A line of the issuance journal: one for each step of an issuance. Bytes as base64url. */
export type JournalLine = { intentId: string; enrolmentId: string; serial: string } & (
  | { entry: "intent"; profileHash: string; evidenceId: string; tbs: string }
  | { entry: "linted" }
  /** The ids of the lint rules that failed: it is never signed. */
  | { entry: "lint-refused"; rules: string[] }
  | { entry: "signed"; certificate: string }
  | { entry: "stored" }
  | { entry: "handed-out" }
);

/**
 * The record of issuance outside Postgres: a line is on disk before what it records is handed out, so that a lost or restored
 * database never leaves an unknown certificate.
 */
export interface IssuanceJournal {
  /** Resolves once the line is synced to disk. */
  append(...lines: JournalLine[]): Promise<void>;
  /**
   * The certificate (DER) signed for an intent by any worker with its journal in this folder since then, so that a failure
   * after signing does not cause a second signature.
   */
  findSigned(intentId: string, since: Date): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/**
 * Opens this process's own journal file in `directory` (JSON lines, append only, mode 0600). Lines that arrive during a sync
 * share the next one, so that the disk does not limit throughput. After a failed write the next line begins a new file, so that
 * a truncated line is always the last of its file.
 * @throws Error in one sentence if no file can be created in `directory`
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
    append: (...lines) =>
      new Promise<void>((done, failed) => {
        if (closed) throw new Error("The issuance journal is closed: its worker is ending.");
        const at = clock().toISOString();
        const text = lines.map((line) => `${JSON.stringify({ at, ...line })}\n`).join("");
        waiting.push({ text, done, failed });
        writing ??= drain();
      }),
    findSigned: (intentId, since) => findSigned(directory, intentId, since),
    async close() {
      closed = true;
      await writing;
      await file?.close();
    },
  };
}

async function findSigned(directory: string, intentId: string, since: Date): Promise<Uint8Array | undefined> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (!name.endsWith(".jsonl") || (await stat(path)).mtime < since) continue;
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const certificate = line.includes(intentId) ? certificateIn(line, intentId) : undefined;
      if (certificate) return certificate;
    }
  }
  return undefined;
}

/** `undefined` for a line that was truncated when its worker died. */
function certificateIn(text: string, intentId: string): Uint8Array | undefined {
  try {
    const line = JSON.parse(text) as JournalLine;
    if (line.entry !== "signed" || line.intentId !== intentId) return undefined;
    return Buffer.from(line.certificate, "base64url");
  } catch {
    return undefined;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
