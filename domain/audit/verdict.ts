import type { ReadEntry } from "../../registry/audit/chain.ts";
import { emptyHash, hashOf, sha256 } from "./chain.ts";
import type { PurgeRecord } from "./purge-record.ts";

/** A checkpoint's content: the position the chain had reached, and its hash there. */
export interface Checkpoint {
  position: bigint;
  /** Base64url. */
  hash: string;
}

/** What is wrong with the audit log, and the first place where it was found. */
export interface Tampering {
  what:
    | "edited"
    | "deleted"
    | "inserted"
    | "reordered"
    | "cut"
    | "rewritten"
    | "checkpoint"
    | "purge"
    /** An act's row without its line, or a line without the act's row. */
    | "act"
    /** Evidence whose content is gone. */
    | "evidence"
    /** A serial on a published CRL without a revocation. */
    | "crl"
    /** A table that does not have the engine's definition. */
    | "table";
  /** Position in the chain, if it has one. */
  position?: string;
  lineId?: string;
  detail: string;
}

/** Where a chain begins: after a destroyed position, with its hash. */
export interface ChainStart {
  position: bigint;
  hash: Buffer;
}

/**
 * Where the chain must begin: after the last signed purge before its first entry, or at position 0 if there is none.
 * The database supplies only the position of its first entry.
 * @param first position of the first stored entry
 */
export function chainStartOf(first: bigint | undefined, purges: readonly PurgeRecord[]): ChainStart {
  const ends = purges.flatMap(({ chain }) => (chain ? [chain] : []));
  const end = ends.findLast(({ position }) => first === undefined || position < first);
  return end
    ? { position: end.position, hash: Buffer.from(end.hash, "base64url") }
    : { position: 0n, hash: emptyHash };
}

export interface ChainVerdict {
  entries: number;
  /** The position covered by checkpoints outside the database. */
  vouchedTo: string;
  tampering: Tampering | undefined;
}

/**
 * Reads the chain from its start and finds the first entry that was altered. The chain alone reveals any change to
 * single lines or entries; the checkpoints reveal a chain that was rewritten as a whole.
 * @param checkpoints already verified, in the order of their positions
 */
export async function verifyChain(
  entries: AsyncIterable<ReadEntry>,
  checkpoints: readonly Checkpoint[],
  start: ChainStart = { position: 0n, hash: emptyHash },
): Promise<ChainVerdict> {
  let { position, hash } = start;
  let count = 0;
  let vouchedTo = 0n;
  const vouching = checkpoints.values();
  let next = vouching.next();
  const passed = (): Tampering | undefined => {
    while (!next.done && next.value.position <= position) {
      const { value } = next;
      if (value.position === position && value.hash !== hash.toString("base64url"))
        return {
          what: "rewritten",
          position: position.toString(),
          detail: `The chain is whole and is not the one whose checkpoint was signed at ${position}.`,
        };
      if (value.position === position) vouchedTo = position;
      next = vouching.next();
    }
    return undefined;
  };
  const verdict = (tampering: Tampering | undefined): ChainVerdict => ({
    entries: count,
    vouchedTo: vouchedTo.toString(),
    tampering,
  });

  const before = passed();
  if (before) return verdict(before);
  for await (const entry of entries) {
    const found = examine(entry, position, hash) ?? undefined;
    if (found) return verdict(found);
    ({ position, hash } = entry);
    count += 1;
    const rewritten = passed();
    if (rewritten) return verdict(rewritten);
  }
  if (!next.done)
    return verdict({
      what: "cut",
      position: (position + 1n).toString(),
      detail: `The chain ends at ${position}, and a checkpoint was signed at ${next.value.position}.`,
    });
  return verdict(undefined);
}

function examine(entry: ReadEntry, position: bigint, hash: Buffer): Tampering | undefined {
  const { lineId, text } = entry;
  const at = { position: (position + 1n).toString(), lineId };
  if (entry.position !== position + 1n)
    return { what: "deleted", position: at.position, detail: `There is no entry at ${position + 1n}.` };
  if (text === null) return { what: "deleted", ...at, detail: "The line of this entry is missing." };
  const isOwn = sha256(text).equals(entry.lineSha256);
  const isNext = hashOf(hash, entry).equals(entry.hash);
  if (!isOwn) return { what: "edited", ...at, detail: "The line differs from what was chained." };
  if (!isNext)
    return { what: "reordered", ...at, detail: "The entry does not follow from the one before it." };
  return undefined;
}
