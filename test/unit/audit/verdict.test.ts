import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { emptyHash, hashOf, sha256 } from "../../../domain/audit/chain.ts";
import { verifyChain } from "../../../domain/audit/verdict.ts";
import { type ReadEntry } from "../../../registry/audit/chain.ts";

function chainOf(texts: readonly string[]): ReadEntry[] {
  let hash: Buffer = emptyHash;
  return texts.map((text, index) => {
    const entry = { position: BigInt(index + 1), lineId: String(index + 100), lineSha256: sha256(text) };
    hash = hashOf(hash, entry);
    return { ...entry, hash, text };
  });
}
async function* streamOf(entries: readonly ReadEntry[]) {
  yield* entries;
}
const checkpointAt = (entries: readonly ReadEntry[], index: number) => ({
  position: entries[index]!.position,
  hash: entries[index]!.hash.toString("base64url"),
});

test("ok/any single change of any chain is found at its position, and an unchanged chain has no finding", async () => {
  const texts = fc.array(fc.string({ maxLength: 20 }), { minLength: 3, maxLength: 30 });
  const kinds = fc.constantFrom("edit", "delete-line", "delete-entry", "swap", "cut", "none");
  await fc.assert(
    fc.asyncProperty(texts, kinds, fc.nat(), async (lines, kind, seed) => {
      const entries = chainOf(lines);
      const checkpoint = checkpointAt(entries, entries.length - 1);
      const at = seed % (entries.length - 1);
      const changed: ReadEntry[] = entries.map((entry) => ({ ...entry }));
      const victim = changed[at]!;
      if (kind === "edit") victim.text = `${victim.text}!`;
      if (kind === "delete-line") victim.text = null;
      if (kind === "delete-entry") changed.splice(at, 1);
      if (kind === "swap") {
        const next = changed[at + 1]!;
        changed[at] = { ...next, position: victim.position };
        changed[at + 1] = { ...victim, position: next.position };
      }
      if (kind === "cut") changed.splice(at);
      const { tampering } = await verifyChain(streamOf(changed), [checkpoint]);
      if (kind === "none") return tampering === undefined;
      return tampering?.position === String(at + 1);
    }),
    { numRuns: 300 },
  );
});

test("ok/after a purge verification begins where the purge ended", async () => {
  const entries = chainOf(["a", "b", "c", "d"]);
  const start = { position: 2n, hash: entries[1]!.hash };
  const checkpoints = [checkpointAt(entries, 1), checkpointAt(entries, 3)];
  expect(await verifyChain(streamOf(entries.slice(2)), checkpoints, start)).toEqual({
    entries: 2,
    vouchedTo: "4",
    tampering: undefined,
  });
});

test("fail/a purge that no checkpoint confirms", async () => {
  const entries = chainOf(["a", "b", "c", "d"]);
  const start = { position: 2n, hash: Buffer.alloc(32, 1) };
  const { tampering } = await verifyChain(streamOf(entries.slice(2)), [checkpointAt(entries, 1)], start);
  expect(tampering).toMatchObject({ what: "rewritten", position: "2" });
});
