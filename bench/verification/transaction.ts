import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { verifySignedTransaction } from "../../client/relying-party/signed-transaction.ts";
import { type Run, run } from "../measure.ts";
import type { Runs } from "../runs.ts";
import { type SignedTransactions, signTransactions } from "./signed-transactions.ts";

export const transactionNames = {
  ours: "a signed transaction verified offline, one core",
  beside: "the same by the build beside",
  chromium: "a signed transaction verified offline, in Chromium",
} as const;

type Verify = (cms: Uint8Array, expected: Parameters<typeof verifySignedTransaction>[1]) => Promise<unknown>;

const people = 100;

/**
 * Verifies signed transactions offline, with this build and a built clone of another commit, in turns and on the same messages.
 * Adds to `runs` under {@link transactionNames}; throughput is by CPU time.
 * @param beside folder of the built clone; without it only this build is measured
 */
export async function benchTransaction(
  runs: Runs,
  { beside, rounds, each }: { beside: string | undefined; rounds: number; each: number },
): Promise<void> {
  const made = await signTransactions(people);
  const builds: [string, Verify][] = [[transactionNames.ours, verifySignedTransaction]];
  if (beside !== undefined) builds.push([transactionNames.beside, await verifierOf(beside)]);
  for (const [, verify] of builds) await perCore(people, made, verify);
  for (let round = 0; round < rounds; round += 1)
    for (const [name, verify] of builds) runs.add(name, 1, await perCore(each, made, verify));
}

async function verifierOf(directory: string): Promise<Verify> {
  const file = join(directory, "dist/client/relying-party/signed-transaction.js");
  const built = (await import(pathToFileURL(file).href)) as { verifySignedTransaction: Verify };
  return built.verifySignedTransaction;
}

/** The throughput of one core, even if others use it too. */
async function perCore(n: number, { root, party, signed }: SignedTransactions, verify: Verify): Promise<Run> {
  const before = process.cpuUsage();
  const { latencies } = await run(n, 1, async (index) => {
    const { cms, subject } = signed[index % signed.length]!;
    await verify(cms, { roots: [root], party, subject });
  });
  const { user, system } = process.cpuUsage(before);
  return { latencies, elapsedMs: (user + system) / 1_000 };
}
