import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { JournalLine } from "./journal.ts";

/** The journal entries of all workers for one intent. */
export interface JournalledIntent {
  serial: string;
  enrolmentId: string;
  /** SHA-256 (base64url) of each certificate signed for it: one, unless a worker died in between. */
  signed: ReadonlySet<string>;
  isHandedOut: boolean;
}

/**
 * Reads every journal file of a folder. A line truncated when its worker died is the last of its file; it is counted and
 * skipped.
 */
export async function indexJournal(
  directory: string,
): Promise<{ intents: Map<string, JournalledIntent>; torn: number }> {
  const intents = new Map<string, JournalledIntent & { signed: Set<string> }>();
  let torn = 0;
  for (const name of (await readdir(directory)).filter((file) => file.endsWith(".jsonl"))) {
    for await (const text of createInterface({ input: createReadStream(join(directory, name)) })) {
      const line = read(text);
      if (!line) {
        torn += 1;
        continue;
      }
      const { intentId, serial, enrolmentId } = line;
      const known = intents.get(intentId) ?? { serial, enrolmentId, signed: new Set(), isHandedOut: false };
      if (line.entry === "signed") known.signed.add(sha256Of(line.certificate));
      intents.set(intentId, { ...known, isHandedOut: known.isHandedOut || line.entry === "handed-out" });
    }
  }
  return { intents, torn };
}

const sha256Of = (certificate: string): string =>
  createHash("sha256").update(Buffer.from(certificate, "base64url")).digest("base64url");

function read(text: string): JournalLine | undefined {
  try {
    return JSON.parse(text) as JournalLine;
  } catch {
    return undefined;
  }
}
