import { readFile } from "node:fs/promises";
import { digestOfSigned } from "../domain/audit/checkpoints.ts";

const digestShape = /^[A-Za-z0-9_-]{43}$/;
const jwsShape = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * Checkpoints noted by an auditor: one digest, or a file with a digest or a whole checkpoint on each line, as in the checkpoint
 * folder.
 * @throws Error in one sentence if it is neither
 */
export async function expectedCheckpoints(given: string): Promise<string[]> {
  if (digestShape.test(given)) return [given];
  const text = await readFile(given, "utf8").catch(() => undefined);
  if (text === undefined)
    throw new Error(`${given} is neither the digest of a checkpoint nor a file that can be read.`);
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length === 0) throw new Error(`${given} has no checkpoint in it.`);
  return lines.map((line, index) => {
    if (digestShape.test(line)) return line;
    if (jwsShape.test(line)) return digestOfSigned(line);
    throw new Error(`Line ${index + 1} of ${given} is neither a checkpoint nor the digest of one.`);
  });
}
