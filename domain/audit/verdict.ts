import type { ReadEntry } from "../../registry/audit/chain.ts";
import { emptyHash, hashOf, sha256 } from "./chain.ts";
import type { PurgeRecord } from "./purge-record.ts";

/** What a checkpoint says: how far the chain was, and its hash there. */
export interface Checkpoint {
  position: bigint;
  /** Base64url. */
  hash: string;
}

/** What is wrong with the audit log, and where first. */
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
    /** What a published CRL has, and no revocation. */
    | "crl"
    /** A table that is another than the engine's. */
    | "table";
  /** Place in the chain, where it has one. */
  position?: string;
  lineId?: string;
  detail: string;
}

/** Where a chain begins: at a position that is no longer there, and its hash. */
export interface ChainStart {
  position: bigint;
  hash: Buffer;
}

/**
 * Where the chain has to begin: behind the last signed purge before its first entry, and at its very beginning where there
 * is none. The database only says which of its entries is the first.
 * @param first position of the first entry that is there
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
  /** How far checkpoints outside the database vouch for it. */
  vouchedTo: string;
  tampering: Tampering | undefined;
}

/**
 * Reads the chain from its start and finds the first entry that is not as it was written. Alone it tells every change that
 * was made to lines or entries; a chain that was written anew as a whole is found by the checkpoints.
 * @param checkpoints in the order of their positions, verified already
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
  if (text === null) return { what: "deleted", ...at, detail: "The line of this entry is gone." };
  const isOwn = sha256(text).equals(entry.lineSha256);
  const isNext = hashOf(hash, entry).equals(entry.hash);
  if (!isOwn) return { what: "edited", ...at, detail: "The line is not what was chained." };
  if (!isNext)
    return { what: "reordered", ...at, detail: "The entry does not follow from the one before it." };
  return undefined;
}
